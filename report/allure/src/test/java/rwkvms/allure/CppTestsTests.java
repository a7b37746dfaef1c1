package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CppTestsTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aProgramOfCtestIsAResult() throws IOException {
        Module module = new Module(folder, "native", folder);
        Files.writeString(folder.resolve("ctest.xml"),
                """
                        <?xml version="1.0" encoding="UTF-8"?>
                        <testsuite name="(empty)" tests="3">
                        <testcase name="a_test" classname="a_test" time="1.5" status="run"><system-out>passed a</system-out></testcase>
                        <testcase name="b_test" classname="b_test" time="0" status="fail"><failure message="Failed"/></testcase>
                        <testcase name="c_test" classname="c_test" time="0" status="notrun"><skipped message="SKIP_RETURN_CODE"/></testcase>
                        </testsuite>
                        """);

        CppTests.toResults("native", folder);

        List<JsonNode> tests = module.label(Promises.read()).stream()
                .sorted(Comparator.comparing((JsonNode test) -> test.path("name").asText())).toList();
        assertThat(tests).extracting(test -> test.path("fullName").asText() + " " + test.path("status").asText() + " "
                + test.at("/statusDetails/message").asText() + " "
                + (test.path("stop").asLong() - test.path("start").asLong()))
                .containsExactly("cpp.a_test passed  1500", "cpp.b_test failed Failed 0",
                        "cpp.c_test skipped SKIP_RETURN_CODE 0");
        assertThat(folder.resolve(tests.getFirst().at("/attachments/0/source").asText())).hasContent("passed a");
        assertThat(folder.resolve("ctest.xml")).doesNotExist();
        assertThat(folder.resolve("ctest.xml.read")).exists();
    }
}
