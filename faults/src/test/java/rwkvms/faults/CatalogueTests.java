package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.faults.Fault.Expectation;
import rwkvms.faults.Fault.Origin;
import rwkvms.hypotheses.Hypotheses;

/** The catalogue fits the sources: a fault that no longer applies fails here, before anything is compiled. */
final class CatalogueTests {
    private static final int MIN_FAULTS = 290;
    private static final int MIN_IN_DEFAULT = 17;

    @TestFactory
    Stream<DynamicTest> eachFaultApplies() {
        return Catalogue.all().stream().map(fault -> DynamicTest.dynamicTest(fault.name(), () -> {
            for (Map.Entry<String, String> file : fault.changed().entrySet()) {
                assertThat(file.getValue()).isNotEqualTo(Files.readString(NativeBuild.file(file.getKey())));
            }
            assertThat(fault.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
            assertThat(fault.breaks()).isNotBlank();
            assertThat(fault.noticed()).isNotBlank();
            assertThat(fault.hypothesis().flatMap(Hypotheses::named).isPresent())
                    .isEqualTo(fault.hypothesis().isPresent());
        }));
    }

    /** A test that is gone must not name a stage. */
    @Test
    void everyTestThatNamesAStageIsInItsProgram() {
        assertThat(Suite.tests().keySet()).allSatisfy(test -> {
            String[] words = test.split(": ");
            assertThat(Suite.programs().get(words[0])).isNotEqualTo(Optional.of(Suite.tests().get(test)));
            assertThat(NativeBuild.ROOT.resolve("native/src/test/cpp").resolve(words[0] + ".cpp")).content()
                    .contains("TEST(" + words[1] + ")");
        });
    }

    @Test
    void namesAndChangesAreUnique() {
        List<Fault> all = Catalogue.all();
        assertThat(all).extracting(Fault::name).doesNotHaveDuplicates();
        assertThat(all).extracting(Fault::edits).doesNotHaveDuplicates();
    }

    @Test
    void thereAreEnoughAndOfEveryStage() {
        List<Fault> all = Catalogue.all();
        List<Fault> inDefault = Catalogue.chosen("default");
        assertThat(all).hasSizeGreaterThanOrEqualTo(MIN_FAULTS);
        assertThat(inDefault).hasSizeGreaterThanOrEqualTo(MIN_IN_DEFAULT);
        assertThat(Arrays.asList(FaultStage.values()))
                .allSatisfy(stage -> assertThat(inDefault).extracting(Fault::stage).contains(stage));
        assertThat(inDefault).extracting(Fault::expectation).contains(Expectation.EQUIVALENT);
    }

    /** Those who wrote the tests, and others: the page keeps the two apart. */
    @Test
    void thePageSaysWhoThoughtOfThem() throws IOException {
        List<Fault> all = Catalogue.all();
        long others = all.stream().filter(fault -> fault.origin() == Origin.OTHERS).count();
        assertThat(Files.readString(NativeBuild.ROOT.resolve("docs/faults.md")).replaceAll("\\s+", " "))
                .contains(String.format(Locale.ROOT,
                        "Of the %d faults %d were thought of by others than those who wrote the tests, and %d were written"
                                + " before the test that kills them.",
                        all.size(), others, all.stream().filter(Fault::beforeTest).count()));
    }

    /** A class that is missing would make a suite notice every fault. */
    @ParameterizedTest
    @EnumSource
    void theClassesOfEachSuiteAreThere(Suite suite) {
        assertThat(suite.classes()).allSatisfy(
                name -> assertThat(Class.forName(name, false, getClass().getClassLoader()).getName()).isEqualTo(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"x = 1|x = 2|expected the text to find once, found it nowhere: x = 2",
            "xx|x|expected the text to find once, found it more than once: x",
            "y|y|expected a change, found none: y"})
    void anEditThatDoesNotFitIsAnError(String source, String find, String problem) {
        assertThatIllegalStateException().isThrownBy(() -> edit(find).in(source, "f"))
                .withMessage("fault f: a.cpp: " + problem);
    }

    @Test
    void aTextIsReplaced() {
        assertThat(edit("x = 1").in("a; x = 1; b", "f")).isEqualTo("a; y; b");
    }

    @Test
    void aNameThatIsNoFaultIsAnError() {
        assertThatIllegalArgumentException().isThrownBy(() -> Catalogue.chosen("no-such"))
                .withMessage("-Dfaults: no fault no-such in the catalogue");
    }

    private static Edit edit(String find) {
        return new Edit("a.cpp", find, "y");
    }
}
