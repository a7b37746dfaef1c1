package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.faults.Fault.Expectation;
import rwkvms.faults.Fault.Origin;

/** A fault that makes no library says so, by its name. */
final class WorkshopTests {
    private static final String TEXT = "constexpr double kCosineNormFloor = 1e-6;";

    private static Fault fault(String file, String find, String replace) {
        return new Fault("a-fault", FaultStage.SCAN, "nothing", "nobody", List.of(new Edit(file, find, replace)),
                Expectation.KILLED, Optional.empty(), false, Origin.TESTS, false);
    }

    /** The workshop of the default run, so that only the faulty file is compiled. */
    private static void notMade(Fault fault, String text) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            Workshop workshop = Workshop.open(NativeBuild.read(), Path.of("target", "faults"),
                    Catalogue.chosen("default"), pool);
            assertThatExceptionOfType(Workshop.NotMade.class).isThrownBy(() -> workshop.library(fault))
                    .withMessageStartingWith(text);
        }
    }

    @Test
    void oneThatDoesNotCompile() throws Exception {
        notMade(fault("scan.cpp", TEXT, "constexpr double kCosineNormFloor = ;"),
                "fault a-fault does not compile: ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "scan.cpp | no such text | fault a-fault: scan.cpp: expected the text to find once, found it nowhere",
            "none.cpp | text | fault a-fault: none.cpp: expected a source or header of the runtime, found none"})
    void oneThatDoesNotFit(String file, String find, String text) throws Exception {
        notMade(fault(file, find, "x"), text);
    }
}
