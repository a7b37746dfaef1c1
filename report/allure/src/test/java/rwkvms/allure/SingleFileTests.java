package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SingleFileTests {
    @TempDir
    private Path folder = Path.of("");

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private Path page(String style, String script) throws IOException {
        return Files.writeString(folder.resolve("index.html"), """
                <head>
                    <title>a \u2026</title>
                    <link rel="icon" href="data:image/x-icon;base64,AAAA">
                    STYLE
                </head>
                <body>
                    SCRIPT
                    <script async>
                        function d(name, value){ }
                    </script>
                    <script defer>
                        d('data/a.json','A'),
                        d('widgets/b.json','B'),
                    </script>
                </body>
                </html>
                """.replace("STYLE", style).replace("SCRIPT", script).replace("'A'", "'" + base64("{\"a\":1}") + "'")
                .replace("'B'", "'" + base64("[\"\u2026\"]") + "'"));
    }

    @Test
    void aPageIsTakenApart() throws IOException {
        SingleFile report = SingleFile.read(page("<link rel=\"stylesheet\" href=\"data:text/css;base64," + base64("p{}")
                + "\">", "<script src=\"data:text/javascript;base64," + base64("'\u2026'") + "\"></script>"));

        assertThat(report.before()).isEqualTo("<head>\n    <title>a \u2026</title>\n</head>\n<body>\n");
        assertThat(report.after()).isEqualTo("</body>\n</html>\n");
        assertThat(report.styles()).containsExactly("p{}");
        assertThat(report.scripts()).containsExactly("'\u2026'");
        assertThat(report.files()).containsOnlyKeys("data/a.json", "widgets/b.json");
        assertThat(report.content("data/a.json")).asString(StandardCharsets.UTF_8).isEqualTo("{\"a\":1}");
        assertThat(report.content("widgets/b.json")).asString(StandardCharsets.UTF_8).isEqualTo("[\"\u2026\"]");
    }

    @Test
    void whatAllureDidNotWriteIsRefused() throws IOException {
        Path page = page("", "<script src=\"app.js\"></script>");
        assertThatThrownBy(() -> SingleFile.read(page)).isInstanceOf(IOException.class)
                .hasMessage(page + ": expected <link rel=\"stylesheet\", <script src=\"data:, <script async> and"
                        + " </body>, in this order, as Allure writes them");
    }
}
