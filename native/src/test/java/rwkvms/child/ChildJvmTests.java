package rwkvms.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a child JVM is started, and how its end is reported. */
@Timeout(120)
final class ChildJvmTests {
    @TempDir
    private Path work = Path.of("");

    @Test
    void limitsOfMemoryAreInherited() {
        assertThat(ChildJvm.inherited("-Xmx500k", "-Xlog:disable", "-XX:CompressedClassSpaceSize=48m",
                "-XX:ReservedCodeCacheSize=24m", "-jar", "gate.jar", "-Xmx1g")).containsExactly("-Xmx500k",
                        "-XX:CompressedClassSpaceSize=48m", "-XX:ReservedCodeCacheSize=24m");
        assertThat(ChildJvm.inherited()).isEmpty();
    }

    /** The main class of the child. */
    public static void main(String[] arguments) {
        System.out.println(String.join(" ", arguments));
        System.err.println(System.getenv("GGML_NO_BACKTRACE") + " " + System.getenv("JAVA_TOOL_OPTIONS"));
        Runtime.getRuntime().halt(3);
    }

    /** A child that does not end by itself. */
    static final class Endless {
        public static void main(String[] arguments) {
            ChildJvm.run(() -> {
                System.out.println("begun");
                LockSupport.park();
            });
        }
    }

    private Child endless(String... options) {
        return ChildJvm.of(Endless.class, List.of(options), List.of(), work, Duration.ofSeconds(60));
    }

    /** A signal may end the parent between the start of the child and the child's first step. */
    @Test
    void aChildWhoseParentIsGoneEndsAtOnce() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();

        Child.Run run = endless("-D" + ChildJvm.PARENT_PROPERTY + "=" + gone.pid()).run();
        assertThat(run.ending()).isEqualTo(new Ending.Exited(1));
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aChildEndsWithItsParent() throws Exception {
        Process parent = new ProcessBuilder("sleep", "600").start();
        Process child = endless("-D" + ChildJvm.PARENT_PROPERTY + "=" + parent.pid()).start();
        try (BufferedReader said = child.inputReader()) {
            assertThat(said.readLine()).isEqualTo("begun");
            parent.destroyForcibly();
            assertThat(said.readLine()).isNull();
            assertThat(child.waitFor()).isEqualTo(1);
        } finally {
            Child.kill(child);
        }
    }

    @Test
    void aClassOfThisClassPathIsRun() throws Exception {
        Child child = ChildJvm.of(ChildJvmTests.class, List.of("a", "b c"), work, Duration.ofSeconds(60));
        Child.Run run = child.run();

        assertThat(run.ending()).isEqualTo(new Ending.Exited(3));
        assertThat(run.out()).isEqualTo("a b c\n");
        assertThat(run.err()).isEqualTo("1 null\n");
        assertThat(child.command()).contains("-XX:ErrorFile=" + work.resolve("hs_err.log"), "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + work);
        assertThat(Death.words(run)).isEqualTo("the library ended the process: exit code 3; it said: a b c | 1 null");
    }
}
