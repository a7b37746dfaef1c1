package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.live.preflight.IniFile.MalformedLineException;

/** Files as llama.cpp v0.5.0's own parser reads them: each of these was tried with it. ~ is a line break. */
class IniFileTests {
    @ParameterizedTest(name = "{0}")
    @CsvSource(quoteCharacter = '`', value = {"a = b, 1 a=b", "a=b, 1 a=b", "a\t=\tb\t, 1 a=b", "~~^~^^a=b, 6 a=b",
            "[default]~a = b, 2 a=b",
            "[ default]~a = b, 2 a=b", "[default] ; c~a = b, 2 a=b", "a = b # c, 1 a=b", "a = b;c, 1 a=b",
            "a = #b, 1 a=",
            "a =, 1 a=", "   # c~a = b c , 2 a=b c", "_x.y-z = 1, 1 _x.y-z=1", "a = b~a = c, 2 a=c",
            "b = 1~a = 2, 2 a=2 1 b=1", "a = b = c, 1 a=b = c", "alias = \u00f6, 1 alias=\u00f6",
            "a = \"b\", 1 a=\"b\""})
    void whatTheDefaultSectionSays(String text, String entries) throws MalformedLineException {
        assertThat(section(text, IniFile.DEFAULT)).isEqualTo(entries);
    }

    /** Names of sections are case-sensitive, and a repeated section replaces the first one. */
    @ParameterizedTest(name = "text {0}")
    @ValueSource(strings = {"", ";c", "   ~", "[x]~a = b", "[*]~a = b", "[Default]~a = b", "[default ]~a = b",
            "a = b~[default]", "[default]~a = b~[x]~[default]"})
    void whatItDoesNotSay(String text) throws MalformedLineException {
        assertThat(section(text, IniFile.DEFAULT)).isEmpty();
    }

    @Test
    void sectionsAreApart() throws MalformedLineException {
        String text = "a = 1~[*]~a = 2~[x]~a = 3~";
        assertThat(section(text, IniFile.DEFAULT)).isEqualTo("1 a=1");
        assertThat(section(text, "*")).isEqualTo("3 a=2");
        assertThat(section(text, "x")).isEqualTo("5 a=3");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"' a = b', 1", "--a = b, 1", "junk, 1", "a = b~junk~, 2", "[default, 1", "[], 1", "[ ], 1",
            "[a] [b], 1", "[a~b], 1",
            "\ufeffa = b, 1", "p\u00f6rt = 1, 1", "1a = b, 1", "= b, 1", "a : b, 1"})
    void whatItRefuses(String text, int line) {
        assertThatThrownBy(() -> section(text, IniFile.DEFAULT))
                .isInstanceOfSatisfying(MalformedLineException.class, e -> assertThat(e.line()).isEqualTo(line));
    }

    private static String section(String text, String name) throws MalformedLineException {
        IniFile file = IniFile.of(text.replace('~', '\n').replace('^', '\r'));
        return StreamSupport.stream(file.section(name).spliterator(), false)
                .map(entry -> entry.line() + " " + entry.key() + "=" + entry.value()).collect(Collectors.joining(" "));
    }
}
