package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.GoldenCase;

/** Cases that are read ahead come as if they were read when they are asked for. */
final class ReadAheadTests {
    private static CaseFiles named(String name) {
        return CaseFiles.in(GateRun.GOLDEN.resolve(name)).orElseThrow();
    }

    @Test
    void theyComeInOrderAndARefusedOneKeepsNoOtherBack() throws Exception {
        CaseFiles absent = new CaseFiles("absent", Path.of("absent.json"), Optional.empty(), Optional.empty());
        try (ReadAhead reader = new ReadAhead(List.of(named("basic"), absent, named("single-token")))) {
            try (GoldenCase first = reader.next()) {
                assertThat(first.name()).isEqualTo("basic");
            }
            assertThatThrownBy(() -> GoldenCase.open(absent)).isInstanceOfSatisfying(Exception.class,
                    alone -> assertThatThrownBy(reader::next).isInstanceOf(alone.getClass())
                            .hasMessage(alone.getMessage()));
            try (GoldenCase last = reader.next()) {
                assertThat(last.name()).isEqualTo("single-token");
            }
        }
    }

    @Test
    void nothingIsReadWhereThereIsNoCase() {
        try (ReadAhead reader = new ReadAhead(List.of())) {
            assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
        }
    }
}
