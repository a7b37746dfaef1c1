package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

/** Texts of a library: asked for again if they are longer, and sizes that make no sense are refused. */
class LibraryFunctionsTests {
    private final List<Long> asked = new ArrayList<>();

    /** A library that answers with each size in turn, then writes the text. */
    private String text(String text, int status, long... sizes) {
        return LibraryFunctions.text((buffer, size, needed) -> {
            asked.add(size);
            if (asked.size() <= sizes.length) {
                needed.set(JAVA_LONG, 0, sizes[asked.size() - 1]);
                return status;
            }
            buffer.setString(0, text);
            return Status.OK;
        });
    }

    @Test
    void aShortTextIsReadAtOnce() {
        assertThat(text("no backend", Status.OK)).isEqualTo("no backend");
        assertThat(asked).containsExactly(4096L);
    }

    @Test
    void aLongTextIsReadAgainWithTheSizeItNeeds() {
        String text = "x".repeat(4096);
        assertThat(text(text, Status.SHORT_BUFFER, 4097)).isEqualTo(text);
        assertThat(asked).containsExactly(4096L, 4097L);
    }

    @Test
    void aSizeThatDoesNotHelpIsNotFollowed() {
        assertThat(text("", Status.SHORT_BUFFER, 4096)).isEqualTo("(no text: status 2)");
        asked.clear();
        assertThat(text("", Status.SHORT_BUFFER, 1L << 31)).isEqualTo("(no text: status 2)");
        assertThat(asked).containsExactly(4096L);
        asked.clear();
        assertThat(text("", Status.SHORT_BUFFER, 5000, 6000))
                .isEqualTo("(no text: the library named too small a size)");
        assertThat(asked).containsExactly(4096L, 5000L);
    }

    @Test
    void anotherStatusIsNamed() {
        assertThat(text("", 1, 5000)).isEqualTo("(no text: status 1)");
        assertThat(asked).containsExactly(4096L);
    }
}
