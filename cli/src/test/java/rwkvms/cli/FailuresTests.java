package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureFault;
import rwkvms.golden.BindingException;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.runtime.RuntimeFailure;

/** The one line that tells a failure. */
final class FailuresTests {
    private record ExpectedMessage(Exception failure, String message) {
    }

    @TestFactory
    Stream<DynamicTest> everyKindOfFailure() {
        return Stream.of(new ExpectedMessage(new BindingException("s.gguf: rank", "8", "9"),
                "s.gguf: rank: expected 8, found 9; name the sidecar and the base that the fixture was computed with"),
                new ExpectedMessage(new IncompatibleLibraryException("a.so: no rwkv_ms_open"), "a.so: no rwkv_ms_open"),
                new ExpectedMessage(new RuntimeFailure("NaN"), "the runtime failed: NaN"),
                new ExpectedMessage(new NoSuchFileException("a"), "a: expected a readable file, found none"),
                new ExpectedMessage(new AccessDeniedException("a"), "a: cannot be read or written: permission denied"),
                new ExpectedMessage(new MalformedInputException(1),
                        "expected UTF-8 in every file of text, found other bytes in one"),
                new ExpectedMessage(new FileSystemException("a", null, "no space"),
                        "a: cannot be read or written: no space"),
                new ExpectedMessage(new IOException("broken\n\tpipe"), "broken pipe"),
                new ExpectedMessage(new IOException(), "java.io.IOException"),
                new ExpectedMessage(new IllegalStateException("never"),
                        "internal error: java.lang.IllegalStateException: never;"
                                + " please report it with the output of --debug"))
                .map(told -> DynamicTest.dynamicTest(told.failure.getClass().getSimpleName() + ": " + told.message,
                        () -> assertThat(Failures.message(told.failure)).isEqualTo(told.message)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            UNREADABLE       | fetch or generate the file again
            NOT_JSON         | fetch or generate the file again
            TRAILING_BYTES   | fetch or generate the file again
            DUPLICATE_KEY    | fetch or generate the file again
            COUNT_MISMATCH   | fetch or generate the file again
            HASH_MISMATCH    | fetch or generate the file again
            SUMMARY_MISMATCH | fetch or generate the file again
            UNKNOWN_SCHEMA   | correct what generated the file (docs/spec/fixture.md)
            MISSING          | correct what generated the file (docs/spec/fixture.md)
            BAD_VALUE        | correct what generated the file (docs/spec/fixture.md)
            UNKNOWN_DTYPE    | correct what generated the file (docs/spec/fixture.md)
            BAD_DIMENSION    | correct what generated the file (docs/spec/fixture.md)
            NON_FINITE       | correct what generated the file (docs/spec/fixture.md)
            CONFIG_MISMATCH  | correct what generated the file (docs/spec/fixture.md)
            MASK_SHAPE       | correct what generated the file (docs/spec/fixture.md)
            GENERATOR        | correct what generated the file (docs/spec/fixture.md)
            KEPT_TOKENS      | correct what generated the file (docs/spec/fixture.md)
            """)
    void everyFaultOfAFixtureHasItsAdvice(FixtureFault fault, String advice) {
        assertThat(Failures.message(new FixtureException(fault, "f.json", "is wrong")))
                .isEqualTo("f.json: is wrong; " + advice);
    }

    /** A file's name must not control the terminal. */
    @Test
    void controlCharactersBecomeBlanks() {
        GateRun run = GateRun.of("fixture", "verify", "a\u001b[31m\nb.json");

        assertThat(run.err()).isEqualTo("gate: a [31m b.json: expected a readable file, found none"
                + System.lineSeparator());
    }
}
