package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BudgetTests {
    private static final String BUDGETS = "module,seconds\nquick,5\nslow,20\nunused,9\n";

    @TempDir
    private Path root;

    private Budget budget() throws IOException {
        suite("quick", "rwkvms.a.FirstTests", "1.5");
        suite("quick", "rwkvms.a.SecondTests", "2.25");
        suite("slow", "rwkvms.b.LongTests", "1,020.4");
        return Budget.of(List.of(Module.of(root, "quick"), Module.of(root, "slow"), Module.of(root, "unused")),
                BUDGETS);
    }

    private void suite(String module, String name, String seconds) throws IOException {
        Path folder = Files.createDirectories(root.resolve(module).resolve("target/surefire-reports"));
        Files.writeString(folder.resolve("TEST-" + name + ".xml"), "<?xml version=\"1.0\"?>\n<testsuite xmlns:x=\"y\""
                + " name=\"" + name + "\" time=\"" + seconds
                + "\" tests=\"1\"><testcase name=\"t\" time=\"9\"/></testsuite>");
    }

    @Test
    void whatIsOverItsBudgetIsMarked() throws IOException {
        assertThat(budget().lines()).containsExactly("seconds of tests    spent budget  slowest class",
                "quick                   4      5  SecondTests 2",
                "slow                 1020     20  LongTests 1020  OVER BUDGET", "all, side by side    1024     25");
    }

    @Test
    void itIsOneLineOfTheReleasePage() throws IOException {
        assertThat(budget().line()).isEqualTo("quick 4 of 5, slow 1020 of 20 (OVER BUDGET)");
    }
}
