package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MutatorTests {
    @Test
    void operatorsConstantsConditionsAndStatements() {
        assertThat(changes("    if (x < 3) return x * 0.5f;")).containsExactly("if (x <= 3) return x * 0.5f;",
                "if (x < 3) return x / 0.5f;", "if (x < 4) return x * 0.5f;", "if (x < 3) return x * (3 * 0.5f);",
                "if (!(x < 3)) return x * 0.5f;");
        assertThat(changes("{\n    out.put(x, y);\n}")).containsExactly("nothing");
        assertThat(changes("{\n    total += x;\n}")).containsExactly("total -= x;", "nothing");
        assertThat(changes("{\n    const int total = x;\n}")).isEmpty();
    }

    @Test
    void zeroBecomesOne() {
        assertThat(changes("    return f(0, 0.0f, 0.0);")).containsExactly("return f(1, 0.0f, 0.0);",
                "return f(0, 1.0f, 0.0);", "return f(0, 0.0f, 1.0);");
    }

    @Test
    void aStatementThatBeganOnTheLineBeforeStays() {
        assertThat(changes("    f(x,\n      g(y));")).isEmpty();
    }

    @Test
    void textsCommentsAndDirectivesStay() {
        assertThat(changes("#define X 1 + 2")).isEmpty();
        assertThat(changes("return x; // 1 + 2")).isEmpty();
        assertThat(changes("return \"1 + 2\\\" * 3\" ;")).isEmpty();
        assertThat(changes("return '1';")).isEmpty();
    }

    @Test
    void ofACheckOnlyTheConditionChanges() {
        assertThat(changes("    return require(x == 1, E, \"found \", x - 1,\n       y + 2) + 3;")).containsExactly(
                "return require(x != 1, E, \"found \", x - 1,", "return require(x == 2, E, \"found \", x - 1,",
                "y + 2) - 3;", "y + 2) + 4;");
    }

    @Test
    void aMutantIsOneEdit() {
        String source = "int f(int x) {\n    return x + 1;\n}\n";
        List<Fault> mutants = Mutator.of("a.cpp", FaultStage.SCAN, source);
        assertThat(mutants).extracting(Fault::name).containsExactly("a-cpp-2-14", "a-cpp-2-16");
        assertThat(mutants.getFirst().edits().getFirst().in(source, "m"))
                .isEqualTo("int f(int x) {\n    return x - 1;\n}\n");
        assertThat(Mutants.text(mutants.getFirst())).isEqualTo("a.cpp return x + 1; becomes return x - 1;");
    }

    /** The changed lines, in the order of the mutants. */
    private static List<String> changes(String source) {
        return Mutator.of("a.cpp", FaultStage.SCAN, source).stream()
                .map(mutant -> mutant.breaks().replaceFirst("(?s).* becomes ", "")).toList();
    }
}
