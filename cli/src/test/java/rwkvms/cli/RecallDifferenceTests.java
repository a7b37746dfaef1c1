package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.mechanisms.Interval;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Part;
import rwkvms.mechanisms.Setting;
import rwkvms.mechanisms.Summary;

/** The recalls that are compared, and the words for a difference. */
final class RecallDifferenceTests {
    private static final List<String> MEASURES = List.of("linear", "rwkv7", "ms1_own", "ms2_own", "ms2_four_routed");

    @Test
    void statesAreComparedAtEachPolicyAndPoliciesAtEachState() {
        List<Measurement> all = new ArrayList<>();
        for (Setting setting : Part.POLICIES.settings()) {
            for (String policy : MechanismFigures.POLICIES) {
                for (String measure : MEASURES) {
                    all.add(new Measurement(setting, 0, 100, policy, 4, measure,
                            10 * MechanismFigures.POLICIES.indexOf(policy) + Math.pow(2, MEASURES.indexOf(measure))));
                }
            }
        }

        List<RecallDifference> rows = RecallDifference.all(new Summary(all));

        assertThat(rows).hasSize(3 * (5 * 4 + 2));
        assertThat(rows.subList(0, 4)).extracting(RecallDifference::setting, RecallDifference::policy,
                RecallDifference::what, row -> row.interval().mean()).containsExactly(
                        tuple("(8, 12, 16)", "oracle", "rwkv7 − linear", 1.0),
                        tuple("(8, 12, 16)", "oracle", "ms1_own − rwkv7", 2.0),
                        tuple("(8, 12, 16)", "oracle", "ms2_own − rwkv7", 6.0),
                        tuple("(8, 12, 16)", "oracle", "ms2_four_routed − rwkv7", 14.0));
        assertThat(rows.subList(19, 23)).extracting(RecallDifference::setting, RecallDifference::policy,
                RecallDifference::what, row -> row.interval().mean()).containsExactly(
                        tuple("(8, 12, 16)", "low_k_dla", "ms2_four_routed − rwkv7", 14.0),
                        tuple("(8, 12, 16)", "dla", "linear, dla − fixed", -10.0),
                        tuple("(8, 12, 16)", "dla", "rwkv7, dla − fixed", -10.0),
                        tuple("(12, 10, 16)", "oracle", "rwkv7 − linear", 1.0));
    }

    /** An interval decides only if 0 lies outside of it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            0.25   | 0.125  | +0.2500  [+0.1250, +0.3750]  more
            -0.25  | 0.125  | -0.2500  [-0.3750, -0.1250]  less
            0.125  | 0.25   | +0.1250  [-0.1250, +0.3750]  undecided
            -0.125 | 0.25   | -0.1250  [-0.3750, +0.1250]  undecided
            0.25   | 0.25   | +0.2500  [+0.0000, +0.5000]  undecided
            -0.25  | 0.25   | -0.2500  [-0.5000, +0.0000]  undecided
            1e-6   | 0      | +0.0000  [+0.0000, +0.0000]  equal
            2e-6   | 0      | +0.0000  [+0.0000, +0.0000]  more
            -1e-6  | 0      | -0.0000  [-0.0000, -0.0000]  equal
            """)
    void aDifferenceIsJudgedByItsInterval(double mean, double half, String text) {
        RecallDifference row = new RecallDifference("(8, 12, 16)", "dla", "rwkv7 − linear",
                new Interval(5, mean, half));

        assertThat(row.line()).isEqualTo("(8, 12, 16)   dla        rwkv7 − linear             " + text);
    }

    @Test
    void jsonHasItUnrounded() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        new RecallDifference("(8, 12, 16)", "dla", "rwkv7 − linear", new Interval(5, 0.25, 0.125)).write(json);

        assertThat(json).hasToString("{\"setting\":\"(8, 12, 16)\",\"policy\":\"dla\",\"difference\":"
                + "\"rwkv7 − linear\",\"mean\":0.25,\"low\":0.125,\"high\":0.375,\"verdict\":\"more\"}");
    }
}
