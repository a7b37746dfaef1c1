package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.child.Child;
import rwkvms.child.Ending;

/** The script {@code faults/try} up to where {@link Try} judges. */
final class TryScriptTests {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    private Path folder = Path.of("");

    private Child.Run run(Map<String, String> environment, Object... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("sh", NativeBuild.ROOT.resolve("faults/try").toString()));
        List.of(arguments).forEach(argument -> line.add(argument.toString()));
        return new Child(line, folder, environment, LIMIT).run();
    }

    /** The first java on the path may be too old for the suite, and there need not be a JAVA_HOME. */
    @Test
    void itFindsItsOwnJdk() throws Exception {
        Path old = Files.createDirectories(folder.resolve("old")).resolve("java");
        Files.writeString(old, "#!/bin/sh\nexit 1\n");
        assertThat(old.toFile().setExecutable(true)).isTrue();
        Path empty = Files.writeString(folder.resolve("empty.yaml"), "[]\n");

        Child.Run run = run(Map.of("JAVA_HOME", "", "PATH", old.getParent() + ":" + System.getenv("PATH")), empty);

        assertThat(run.err()).isEqualTo("faults/try: expected files with faults, found none\n");
        assertThat(run.ending()).isEqualTo(new Ending.Exited(64));
    }

    @Test
    void withoutAFileItSaysWhatItExpects() throws Exception {
        Child.Run run = run(Map.of());

        assertThat(run.err()).isEqualTo("faults/try: expected files with faults, or folders of them\n");
        assertThat(run.ending()).isEqualTo(new Ending.Exited(64));
    }
}
