package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import rwkvms.child.Child;
import rwkvms.fixtures.FixtureException;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.sidecar.synthesis.SidecarDamage;

/**
 * A folder that looks like a checkout that is built, in which the commands of the documentation and of CI run as they stand: the
 * script {@code gate} starts this build's classes, {@code build} is a fork's, {@code my} has files of a user's own.
 */
record Sandbox(Path folder) {
    private static final Path TARGET = GateRun.ROOT.resolve("cli/target");
    /** What the build of such a checkout writes down: the same in each of them, so that only the first starts its processes. */
    private static final Map<String, byte[]> RECORDS = new HashMap<>();

    static Sandbox in(Path folder) throws IOException, FixtureException, InterruptedException {
        Files.copy(GateRun.ROOT.resolve("gate"), folder.resolve("gate"));
        Files.createDirectories(folder.resolve(".ci"));
        Files.copy(GateRun.ROOT.resolve(".ci/gate-step"), folder.resolve(".ci/gate-step"));
        for (String script : new String[]{"gate", ".ci/gate-step"}) {
            Files.setPosixFilePermissions(folder.resolve(script), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        built(folder);
        // A few of the golden cases: the commands are what is tested, and each runs all that it finds.
        Files.createDirectories(folder.resolve("golden/data"));
        for (String name : new String[]{"base.gguf", "basic", "single-token", "heads-2"}) {
            Files.createSymbolicLink(folder.resolve("golden/data").resolve(name), GateRun.GOLDEN.resolve(name));
        }
        Files.writeString(folder.resolve("golden/data/cases.txt"), "basic\nheads-2\nsingle-token\n");
        Files.createDirectories(folder.resolve("golden/original"));
        Files.createSymbolicLink(folder.resolve("golden/original/v1-basic"),
                GateRun.GOLDEN.resolveSibling("original/v1-basic"));
        Files.writeString(folder.resolve("golden/original/cases.txt"), "v1-basic\n");
        Files.createDirectories(folder.resolve("golden/data-long"));
        for (String name : new String[]{"base.gguf", "sidecar.gguf", "tokens-64"}) {
            Files.createSymbolicLink(folder.resolve("golden/data-long").resolve(name),
                    GateRun.GOLDEN.resolveSibling("data-long").resolve(name));
        }
        Files.writeString(folder.resolve("golden/data-long/cases.txt"), "tokens-64\n");
        Files.createSymbolicLink(folder.resolve("adapters"), GateRun.ROOT.resolve("adapters"));
        fakeJdk(folder.resolve("jdk"));
        Files.createDirectories(folder.resolve("build"));
        Files.createSymbolicLink(folder.resolve("build/bin"), NativeFiles.folder().resolveSibling("bin"));
        Files.createSymbolicLink(folder.resolve("build/libyours.so"), NativeFiles.library());
        Files.createSymbolicLink(folder.resolve("build/libstub.so"),
                NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("rwkv_ms_stub")));
        for (String list : new String[]{"required-cases", ".ci/required-cases"}) {
            Files.writeString(folder.resolve(list), "basic\nsingle-token\n");
        }
        Path my = Files.createDirectories(folder.resolve("my"));
        EditedFixture.write("basic", my.resolve("fixture.json"), fixture -> fixture);
        Path sidecar = Files.copy(EditedFixture.sidecar("basic"), my.resolve("sidecar.gguf"));
        Files.copy(GateRun.GOLDEN.resolve("base.gguf"), my.resolve("base.gguf"));
        Files.write(my.resolve("damaged.gguf"),
                SidecarDamage.TENSOR_MISSING.applyTo(Files.readAllBytes(sidecar)));
        return new Sandbox(folder);
    }

    /** Makes a checkout that {@code gate} takes for built: its sources are only the scripts. */
    private static void built(Path folder) throws IOException, InterruptedException {
        Path scripts = Files.createDirectories(folder.resolve("cli/src/main/sh"));
        for (String script : new String[]{"sources", "build-state"}) {
            Files.copy(GateRun.ROOT.resolve("cli/src/main/sh").resolve(script), scripts.resolve(script));
        }
        Files.createDirectories(folder.resolve("cli/target"));
        Files.createFile(folder.resolve("cli/target/gate.jar"));
        Path records = Files.createDirectories(folder.resolve("target"));
        synchronized (RECORDS) {
            if (RECORDS.isEmpty()) {
                record(folder, scripts.resolve("build-state"));
                for (String name : new String[]{"gate-sources-at-begin", "gate-built-from"}) {
                    RECORDS.put(name, Files.readAllBytes(records.resolve(name)));
                }
            }
            for (Map.Entry<String, byte[]> each : RECORDS.entrySet()) {
                Files.write(records.resolve(each.getKey()), each.getValue());
            }
        }
    }

    private static void record(Path folder, Path script) throws IOException, InterruptedException {
        for (String step : new String[]{"begin", "end"}) {
            if (GateRun.ofProcess(folder, Map.of(), "sh", script.toString(), step, folder.toString()).code() != 0) {
                throw new IOException("build-state " + step + " failed");
            }
        }
    }

    /** A JDK whose {@code java -jar gate.jar} runs the jar that this build made, with its cache of classes. */
    private static void fakeJdk(Path jdk) throws IOException {
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Path script = Files.writeString(jdk.resolve("bin/java"),
                """
                        #!/bin/sh
                        while [ "$1" != -jar ]; do shift; done
                        shift 2
                        [ ! -d /sys/kernel/mm/transparent_hugepage ] || pages=-XX:+UseTransparentHugePages
                        exec '%s' $pages -XX:-UsePerfData -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Xlog:disable -XX:AOTCache='%s' \\
                          -Drwkvms.root="$SANDBOX" -Drwkvms.native='%s' -jar '%s' "$@"
                        """
                        .formatted(java, TARGET.resolve("gate.aot"), NativeFiles.folder(), TARGET.resolve("gate.jar")));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Runs a line of shell in the folder, as GitHub's {@code shell: bash} does. */
    GateRun bash(String line, Map<String, String> environment) throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("JAVA_HOME", folder.resolve("jdk").toString());
        all.putIfAbsent("SANDBOX", folder.toString());
        String ofCi = System.getenv().keySet().stream()
                .filter(name -> name.startsWith("GITHUB_") && !environment.containsKey(name))
                .collect(Collectors.joining(" "));
        // A server that a page starts with & outlives its line: not even the shell has what it would be found and killed by.
        return GateRun.ofProcess(new Child(List.of("env", "-u", "GATE_CHILD", "bash", "--noprofile", "--norc", "-eo",
                "pipefail", "-c", "exec 2>&1; unset " + ofCi + "; " + line), folder, all, GateRun.LIMIT));
    }
}
