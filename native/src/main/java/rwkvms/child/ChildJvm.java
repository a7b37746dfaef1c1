package rwkvms.child;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import rwkvms.nativeruntime.NativeFiles;

/** Starts children that run a main class of this suite with the JVM and the class path of this process. */
public final class ChildJvm {
    /** The property that names a jar from which children load classes first, because it has a cache beside it. */
    static final String CLASSES_PROPERTY = "rwkvms.classes";
    private static final String JAR = ".jar";
    private static final String CACHE = ".aot";
    private static final String TEMPORARY = "java.io.tmpdir";
    /** The property by which a child knows the process that started it: if that has ended, the child's parent is another one. */
    static final String PARENT_PROPERTY = "rwkvms.parent";
    /** The exit code of a child that cannot read or write its own files. */
    private static final int STUCK = 117;
    /** The exit code of a child whose parent has ended; nobody sees it. */
    private static final int ORPHANED = 1;

    /** A child lives for seconds, many of which would go into asking for its heap page by page. Only Linux has the option. */
    private static final List<String> LARGE_PAGES = System.getProperty("os.name").equals("Linux")
            ? List.of("-XX:+UseTransparentHugePages")
            : List.of();

    /** The options that a child inherits: if the memory of this process is limited, so is that of the child. */
    private static final List<String> INHERITED = List.of("-Xmx", "-XX:CompressedClassSpaceSize=",
            "-XX:ReservedCodeCacheSize=");

    private ChildJvm() {
    }

    /**
     * A child that loads a library that is not trusted; however it ends, it leaves no files elsewhere.
     *
     * @param work gets its temporary files, and the JVM's report of a crash
     */
    public static Child of(Class<?> main, List<String> arguments, Path work, Duration limit) {
        return of(main, List.of(), arguments, work, limit);
    }

    /**
     * A child with options of its own.
     *
     * @param options of the JVM; they override those of every child
     */
    public static Child of(Class<?> main, List<String> options, List<String> arguments, Path work, Duration limit) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                        "-XX:-CreateCoredumpOnCrash", "-XX:-UsePerfData", "-XX:ErrorFile=" + work.resolve("hs_err.log"),
                        "-Xlog:disable",
                        "-D" + TEMPORARY + "=" + work.toAbsolutePath(),
                        "-D" + PARENT_PROPERTY + "=" + ProcessHandle.current().pid(),
                        "-D" + NativeFiles.FOLDER_PROPERTY + "=" + NativeFiles.folder()));
        command.addAll(LARGE_PAGES);
        command.addAll(inherited(ProcessHandle.current().info().arguments().orElse(new String[0])));
        String classes = classes();
        cache(classes).ifPresent(cache -> command.add("-XX:AOTCache=" + cache));
        command.addAll(options);
        command.addAll(List.of("-cp", classes, main.getName()));
        command.addAll(arguments);
        return new Child(command, Path.of("").toAbsolutePath(), Map.of("GGML_NO_BACKTRACE", "1"), limit);
    }

    private static String classes() {
        String own = System.getProperty("java.class.path");
        return Optional.ofNullable(System.getProperty(CLASSES_PROPERTY)).filter(jar -> Files.exists(Path.of(jar)))
                .map(jar -> jar + File.pathSeparator + own).orElse(own);
    }

    /** The cache of the first jar; a JVM takes it whatever comes after the jar. */
    private static Optional<Path> cache(String classes) {
        String first = classes.split(File.pathSeparator, 2)[0];
        return Optional.of(first).filter(path -> path.endsWith(JAR))
                .map(jar -> Path.of(jar.substring(0, jar.length() - JAR.length()) + CACHE)).filter(Files::exists);
    }

    /** The arguments of a JVM that a child inherits; what comes after the options is not for the JVM. */
    static List<String> inherited(String... arguments) {
        return Stream.of(arguments).takeWhile(argument -> argument.startsWith("-"))
                .filter(argument -> INHERITED.stream().anyMatch(argument::startsWith)).toList();
    }

    /** The work of a child. */
    @FunctionalInterface
    public interface Body {
        void run() throws IOException;
    }

    /** Does the work in the child and ends it, without running what a library has registered for the end. */
    public static void run(Body body) {
        endWithParent();
        int code = 0;
        try {
            body.run();
        } catch (IOException e) {
            System.err.println(words(e));
            System.err.flush();
            code = STUCK;
        }
        Runtime.getRuntime().halt(code);
    }

    private static String words(IOException failure) {
        return failure instanceof FileSystemException of
                ? of.getFile() + ": cannot be read or written: "
                        + Objects.requireNonNullElse(of.getReason(), of.getClass().getSimpleName())
                : String.valueOf(failure.getMessage());
    }

    /** Why a child could not read or write its own files, for example because the disk is full; empty if it could. */
    public static Optional<String> stuck(Child.Run run) {
        return run.ending().equals(new Ending.Exited(STUCK))
                ? Optional.of("its process could not go on: " + Death.said(run))
                : Optional.empty();
    }

    /** Ends the child with the process that started it, or at once if that is gone, whatever its library does. */
    private static void endWithParent() {
        Optional<ProcessHandle> parent = ProcessHandle.of(Long.getLong(PARENT_PROPERTY, 0));
        if (parent.isEmpty()) {
            Runtime.getRuntime().halt(ORPHANED);
            return;
        }
        Thread.ofVirtual().start(() -> {
            parent.get().onExit().join();
            Runtime.getRuntime().halt(ORPHANED);
        });
    }
}
