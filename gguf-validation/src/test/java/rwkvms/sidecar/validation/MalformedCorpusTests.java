package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.sidecar.testing.MalformedClass.Beside;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;

/** Every malformed class is refused with its own code, and with no other than those that its fault must cause too. */
class MalformedCorpusTests {
    private static final int LEAST_CLASSES = 300;

    static Stream<MalformedClass> corpus() {
        return MalformedCorpus.all().stream();
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void isNamed(MalformedClass malformed, @TempDir Path folder) throws IOException {
        ValidationReport report = report(malformed, folder);

        Set<FindingCode> expected = EnumSet.of(malformed.code());
        expected.addAll(malformed.also());
        assertThat(report.findings().stream().map(Finding::code).collect(Collectors.toSet()))
                .as("%s", report.findings()).isEqualTo(expected);
        assertThat(report.isValid()).isEqualTo(malformed.code().severity() == FindingCode.Severity.WARNING);
    }

    private static ValidationReport report(MalformedClass malformed, Path folder) throws IOException {
        if (malformed.beside() == Beside.NOTHING) {
            return Expectations.report(malformed.bytes());
        }
        Path sidecar = folder.resolve("sidecar.gguf");
        return SidecarValidator.validate(sidecar, malformed.writeTo(sidecar, folder.resolve("base.gguf")).orElse(null));
    }

    @Test
    void whatAllStartFromIsValid() {
        assertThat(Expectations.report(MalformedCorpus.valid()).findings()).isEmpty();
    }

    @Test
    void everyCodeHasItsClass() {
        Set<FindingCode> without = EnumSet.allOf(FindingCode.class);
        corpus().map(MalformedClass::code).forEach(without::remove);
        assertThat(without).isEmpty();
    }

    @Test
    void classesAreManyAndTellThemselvesApart() {
        assertThat(corpus()).hasSizeGreaterThan(LEAST_CLASSES);
        assertThat(corpus().map(MalformedClass::name)).doesNotHaveDuplicates();
    }
}
