package rwkvms.hypotheses;

import rwkvms.math.MemoryConfig;

/** A rule that normalises q and k of semantics 1 in another way. */
class NormedQueries extends Changed {
    /** What is made of a raw projection, whose heads are so wide. */
    interface Norm {
        double[] of(double[] raw, int rank);
    }

    private final Norm norm;

    NormedQueries(Rule base, Norm norm) {
        super(base);
        this.norm = norm;
    }

    final double[] normed(MemoryConfig config, double[] raw) {
        return norm.of(raw, config.rank());
    }

    @Override
    public double[] query(MemoryConfig config, double[] raw, double[] source) {
        return config.semanticsVersion() == 2 ? source : config.normalizeQk() ? normed(config, raw) : raw;
    }

    @Override
    public double[] key(MemoryConfig config, double[] raw, double[] source) {
        return config.semanticsVersion() == 2 ? source : config.normalizeQk() ? normed(config, raw) : raw;
    }
}
