package rwkvms.hypotheses;

import java.util.List;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** Mistakes of math.md §3, and of the decay. */
final class CoefficientMistakes {
    private CoefficientMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("the decay is exp(w)", "math.md §4", "forgot one exp and the sign",
                        base -> new Changed(base) {
                            @Override
                            public double decay(double w) {
                                return Math.exp(w);
                            }
                        }),
                new Hypothesis("the decay is exp(-w)", "math.md §4", "forgot the inner exp", base -> new Changed(base) {
                    @Override
                    public double decay(double w) {
                        return Math.exp(-w);
                    }
                }),
                new Hypothesis("the gate of the first row for all rows", "math.md §3",
                        "did not read the setting rankwise_gates", base -> new Changed(base) {
                            @Override
                            public int gateOf(MemoryConfig config, int row) {
                                return config.rankwiseGates() ? 0 : base.gateOf(config, row);
                            }
                        }),
                new Hypothesis("scalar gates repeated head after head", "math.md §3",
                        "repeated the row of gates instead of each gate", base -> new Changed(base) {
                            @Override
                            public int gateOf(MemoryConfig config, int row) {
                                return config.rankwiseGates() ? base.gateOf(config, row) : row % config.gateWidth();
                            }
                        }),
                new Hypothesis("lambda_outside erases by beta alone", "math.md §3", "took the line of standard",
                        base -> new Changed(base) {
                            @Override
                            public double erase(MemoryConfig config, double beta, double lambda) {
                                return beta;
                            }
                        }),
                new Hypothesis("standard erases by lambda times beta", "math.md §3", "took the line of lambda_outside",
                        base -> new Changed(base) {
                            @Override
                            public double erase(MemoryConfig config, double beta, double lambda) {
                                return config.semanticsVersion() == 1 && config.updateMode() == UpdateMode.STANDARD
                                        ? lambda * beta
                                        : base.erase(config, beta, lambda);
                            }
                        }),
                new Hypothesis("lambda_outside writes by lambda times beta", "math.md §3", "took what is erased",
                        base -> new Changed(base) {
                            @Override
                            public double write(MemoryConfig config, double beta, double lambda) {
                                return config.semanticsVersion() == 1
                                        && config.updateMode() == UpdateMode.LAMBDA_OUTSIDE
                                                ? lambda * beta
                                                : base.write(config, beta, lambda);
                            }
                        }),
                new Hypothesis("semantics 2 keeps by lambda", "semantics.md, version 2", "let the update mode decide",
                        base -> new Changed(base) {
                            @Override
                            public double keep(MemoryConfig config, double beta, double lambda) {
                                return config.semanticsVersion() == 2 ? lambda : base.keep(config, beta, lambda);
                            }
                        }),
                new Hypothesis("semantics 1 keeps all", "semantics.md", "took keep = 1 from semantics 2",
                        base -> new Changed(base) {
                            @Override
                            public double keep(MemoryConfig config, double beta, double lambda) {
                                return 1;
                            }
                        }),
                new Hypothesis("semantics 1 with the coefficients of semantics 2", "semantics.md",
                        "took keep = 1 and erase = beta from semantics 2", base -> new Changed(base) {
                            @Override
                            public double keep(MemoryConfig config, double beta, double lambda) {
                                return 1;
                            }

                            @Override
                            public double erase(MemoryConfig config, double beta, double lambda) {
                                return beta;
                            }
                        }),
                new Hypothesis("keep is beta", "math.md §3", "took one gate for the other", base -> new Changed(base) {
                    @Override
                    public double keep(MemoryConfig config, double beta, double lambda) {
                        return base.keep(config, beta, beta);
                    }
                }),
                new Hypothesis("write is lambda", "math.md §3", "took one gate for the other",
                        base -> new Changed(base) {
                            @Override
                            public double write(MemoryConfig config, double beta, double lambda) {
                                return lambda;
                            }
                        }),
                new Hypothesis("erase is lambda", "math.md §3", "took one gate for the other",
                        base -> new Changed(base) {
                            @Override
                            public double erase(MemoryConfig config, double beta, double lambda) {
                                return lambda;
                            }
                        }),
                new Hypothesis("beta and lambda swapped", "math.md §3", "passed the gates in the other order",
                        base -> new Changed(base) {
                            @Override
                            public double keep(MemoryConfig config, double beta, double lambda) {
                                return base.keep(config, lambda, beta);
                            }
                            @Override
                            public double erase(MemoryConfig config, double beta, double lambda) {
                                return base.erase(config, lambda, beta);
                            }
                            @Override
                            public double write(MemoryConfig config, double beta, double lambda) {
                                return base.write(config, lambda, beta);
                            }
                        }));
    }
}
