package rwkvms.hypotheses;

import java.util.List;
import java.util.function.UnaryOperator;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;

/** A mistake that a runtime may make: the rule with some steps changed. */
public final class Hypothesis {
    /** No mistake. */
    public static final Hypothesis CORRECT = new Hypothesis("the rule of math.md", "math.md", "nothing wrong",
            rule -> rule);

    /** Between the names of a pair, which stands in quotation marks. */
    static final String AND = "\" and \"";

    private final String name;
    private final String section;
    private final String developer;
    private final UnaryOperator<Rule> change;
    private final Rule rule;

    Hypothesis(String name, String section, String developer, UnaryOperator<Rule> change) {
        this.name = name;
        this.section = section;
        this.developer = developer;
        this.change = change;
        this.rule = change.apply(Rule.CORRECT);
    }

    /** The mistake, in a few words. */
    public String name() {
        return name;
    }

    /** Where the right rule stands, such as {@code math.md §4, step 6}. */
    public String section() {
        return section;
    }

    /** What a developer did who made it. */
    public String developer() {
        return developer;
    }

    /** Both mistakes in one runtime; where both change one step, the other's is made of this one's. */
    public Hypothesis and(Hypothesis other) {
        return new Hypothesis(name + AND + other.name,
                section.equals(other.section) ? section : section + " and " + other.section,
                developer + "; " + other.developer, base -> other.change.apply(change.apply(base)));
    }

    /**
     * What the runtime gives for one sequence then, in float64 under the shapes of math.md with a batch dimension of 1.
     *
     * @param given  whether there is a previous source
     * @param starts the first token of each call, the first at 0
     */
    public TensorSet forward(Layer layer, LayerState initial, ForwardInput input, boolean given, List<Integer> starts) {
        return forward(layer, initial, input, given, starts, Stage.DELTA);
    }

    /** The same without most of what is computed behind a stage. */
    public TensorSet forward(Layer layer, LayerState initial, ForwardInput input, boolean given, List<Integer> starts,
            Stage last) {
        return Forward.run(rule, layer, initial, input, given, starts, last);
    }

    /** The same of coefficients and scan alone, from recorded features. */
    public TensorSet scan(MemoryConfig config, ScanInput input) {
        return ScanRun.replay(rule, config, input);
    }

    /** Every step as this mistake has it. */
    Rule rule() {
        return rule;
    }

    @Override
    public String toString() {
        return name;
    }
}
