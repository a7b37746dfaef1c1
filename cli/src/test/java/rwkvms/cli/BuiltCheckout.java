package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import rwkvms.child.Child;

/**
 * A checkout for the script {@code gate}: a few sources, a Maven that makes the libraries and the jar out of them, and a JDK that
 * shows what it is given.
 */
final class BuiltCheckout {
    /** Older than anything that a test writes. */
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-02-02T02:02:02Z"));
    private static final String MAVEN = """
            #!/bin/sh
            echo "$*" >>../mvn.log
            [ ! -f ../fails-at-once ] || exit 1
            sh cli/src/main/sh/build-state begin . || exit 1
            mkdir -p cli/target native/target/cmake/lib native/target/cmake/bin
            cat native/src/main/cpp/*.cpp >native/target/cmake/lib/librwkv_ms.so
            echo program >native/target/cmake/bin/test-rwkv-ms-fixture
            [ ! -f ../fails-half-way ] || exit 1
            cat fixtures/src/main/java/*.java >cli/target/gate.jar
            [ ! -f ../during ] || . ../during
            sh cli/src/main/sh/build-state end .
            """;
    private static final String JAVA = """
            #!/bin/sh
            printf '%s\\n' "$@"
            [ ! -f "$JAVA_HOME/does" ] || . "$JAVA_HOME/does"
            exit "${GATE_PASSED:-0}"
            """;
    private static final List<String> SOURCES = List.of("pom.xml", ".mvn/maven.config", "cli/pom.xml",
            "fixtures/pom.xml", "fixtures/src/main/java/A.java", "fixtures/src/main/java/B.java",
            "fixtures/src/main/resources/words.txt", "native/pom.xml", "native/src/main/cpp/CMakeLists.txt",
            "native/src/main/cpp/scan.cpp", "native/src/main/cpp/scan.h", "native/llama.cpp/package-lock.json");

    private final Path folder;
    private final Path root;
    private final Map<String, String> environment = new HashMap<>();

    private BuiltCheckout(Path folder) {
        this.folder = folder;
        this.root = folder.resolve("a checkout");
    }

    /** Makes the sources and the scripts, without a build. */
    static BuiltCheckout unbuilt(Path folder) throws IOException {
        BuiltCheckout checkout = at(folder);
        for (String script : List.of("gate", "cli/src/main/sh/sources", "cli/src/main/sh/build-state")) {
            Path copy = checkout.root.resolve(script);
            Files.createDirectories(copy.getParent());
            Files.copy(GateRun.ROOT.resolve(script), copy);
        }
        for (String source : SOURCES) {
            checkout.write(source, source);
        }
        executable(folder.resolve("bin/mvn"), MAVEN);
        executable(folder.resolve("jdk/bin/java"), JAVA);
        Files.writeString(folder.resolve("jdk/release"), "IMPLEMENTOR=\"none\"\nJAVA_VERSION=\"25.0.1\"\n");
        return checkout;
    }

    private static BuiltCheckout at(Path folder) {
        BuiltCheckout checkout = new BuiltCheckout(folder);
        checkout.environment.put("JAVA_HOME", folder.resolve("jdk").toString());
        checkout.environment.put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        return checkout;
    }

    /** Makes the same and builds it, which starts some 35 processes: tests build one, and each works on a copy. */
    static BuiltCheckout in(Path folder) throws IOException, InterruptedException {
        BuiltCheckout checkout = unbuilt(folder);
        checkout.maven();
        Files.delete(folder.resolve("mvn.log"));
        return checkout;
    }

    /** Copies it with the dates of all files, by which a build goes. */
    BuiltCheckout copyTo(Path other) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = other.resolve(folder.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return at(other);
    }

    /** Builds as a developer does. */
    void maven() throws IOException, InterruptedException {
        GateRun run = GateRun.ofProcess(root, Map.of(), folder.resolve("bin/mvn").toString());
        if (run.code() != 0) {
            throw new IOException("the build of the sources of a test failed: " + run.out());
        }
    }

    Path root() {
        return root;
    }

    Path path(String name) {
        return root.resolve(name);
    }

    void write(String name, String text) throws IOException {
        Path file = path(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    /** Writes a file as {@code cp -p}, {@code tar} or a clock that was set back leave it. */
    void writeWithOldDate(String name, String text) throws IOException {
        write(name, text);
        Files.setLastModifiedTime(path(name), LONG_AGO);
    }

    /** Tells the next build what to do. */
    void order(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    void countermand(String name) throws IOException {
        Files.delete(folder.resolve(name));
    }

    BuiltCheckout with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The arguments of Maven, one line per build. */
    List<String> builds() throws IOException {
        Path log = folder.resolve("mvn.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    /** Calls {@code gate} from the folder around the checkout. */
    GateRun gate(String... arguments) throws IOException, InterruptedException {
        return GateRun.ofProcess(folder, environment, command(arguments));
    }

    /** Starts it without waiting for its end. */
    Process start(String... arguments) throws IOException {
        return new Child(List.of(command(arguments)), folder, environment, GateRun.LIMIT).start();
    }

    /** Sets what the JVM does after printing its arguments, in shell. */
    void javaDoes(String shell) throws IOException {
        Files.writeString(folder.resolve("jdk/does"), shell);
    }

    /** Runs a line of shell in which {@code $gate} is the script. */
    GateRun shell(String line) throws IOException, InterruptedException {
        return GateRun.ofProcess(folder, with("gate", path("gate").toString()).environment, "sh", "-c", line);
    }

    private String[] command(String... arguments) {
        return Stream.concat(Stream.of("sh", path("gate").toString()), Stream.of(arguments)).toArray(String[]::new);
    }

    static void executable(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
