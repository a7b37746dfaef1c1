package rwkvms.child;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import rwkvms.nativeruntime.NativeFiles;

/** Children that run a main class of this suite on the JVM and the class path of this process. */
public final class ChildJvm {
    private static final String JAR = ".jar";
    private static final String CACHE = ".aot";
    /** How the JVM decodes file names is told by the environment or by this property. */
    private static final String FILE_NAMES = "sun.jnu.encoding";

    private ChildJvm() {
    }

    /**
     * A child that loads a library which is not trusted: a crash leaves nothing in the folder of the user.
     *
     * @param work receives what the JVM says of a crash
     */
    public static Child of(Class<?> main, List<String> arguments, Path work, Duration limit) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                        "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + work.resolve("hs_err.log"), "-Xlog:disable",
                        "-D" + FILE_NAMES + "=" + System.getProperty(FILE_NAMES, "UTF-8"),
                        "-D" + NativeFiles.FOLDER_PROPERTY + "=" + NativeFiles.folder()));
        String classes = System.getProperty("java.class.path");
        Path cache = Path
                .of(classes.endsWith(JAR) ? classes.substring(0, classes.length() - JAR.length()) + CACHE : CACHE);
        if (classes.endsWith(JAR) && Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        }
        command.addAll(List.of("-cp", classes, main.getName()));
        command.addAll(arguments);
        return new Child(command, Path.of("").toAbsolutePath(), Map.of("GGML_NO_BACKTRACE", "1"), limit);
    }

    /** For the child: it does not outlive the process that started it, whatever its library does. */
    public static void endWithParent() {
        ProcessHandle.current().parent().ifPresent(parent -> Thread.ofVirtual().start(() -> {
            parent.onExit().join();
            Runtime.getRuntime().halt(1);
        }));
    }
}
