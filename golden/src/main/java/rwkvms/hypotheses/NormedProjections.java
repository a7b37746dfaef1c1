package rwkvms.hypotheses;

import rwkvms.math.MemoryConfig;

/** A rule that normalises q and k of semantics 1, and the source of semantics 2, in another way. */
class NormedProjections extends NormedQueries {
    NormedProjections(Rule base, Norm norm) {
        super(base, norm);
    }

    @Override
    public double[] source(MemoryConfig config, double[] raw) {
        return config.semanticsVersion() == 2 ? normed(config, raw) : raw;
    }
}
