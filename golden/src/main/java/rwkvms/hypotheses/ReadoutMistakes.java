package rwkvms.hypotheses;

import java.util.List;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;

/** Mistakes of math.md §5 and §6: readout and deltas. */
final class ReadoutMistakes {
    private ReadoutMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("group norm with eps 1e-5", "math.md §5", "took the default of group norm",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Vectors.groupNorm(x, config.rank(), 1e-5, weight);
                            }
                        }),
                new Hypothesis("group norm with eps 1e-5 times the rank", "math.md §5",
                        "scaled the default eps by the head size", base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Vectors.groupNorm(x, config.rank(), 1e-5 * config.rank(), weight);
                            }
                        }),
                new Hypothesis("the eps of group norm beside the root", "math.md §5",
                        "added it to the standard deviation", base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.groupNorm(x, config.rank(), weight, true,
                                        (variance, count) -> Math.sqrt(variance) + NORM_EPS);
                            }
                        }),
                new Hypothesis("group norm without centring", "math.md §5", "took an RMS norm",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.groupNorm(x, config.rank(), weight, false,
                                        (variance, count) -> Math.sqrt(variance + NORM_EPS));
                            }
                        }),
                new Hypothesis("group norm with the unbiased variance", "math.md §5", "divided by r - 1",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.groupNorm(x, config.rank(), weight, true,
                                        (variance, count) -> Math.sqrt(variance * count / (count - 1) + NORM_EPS));
                            }
                        }),
                new Hypothesis("no group norm", "math.md §5", "left the norm out and kept its weight",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.product(x, weight);
                            }
                        }),
                new Hypothesis("group norm without its weight", "math.md §5", "forgot ln_x.weight",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return base.groupNorm(config, x, Vectors.ones(weight), bias);
                            }
                        }),
                new Hypothesis("ln_x.bias added", "math.md §5", "used a bias that every checkpoint has and none uses",
                        base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.sum(base.groupNorm(config, x, weight, bias), bias);
                            }
                        }),
                new Hypothesis("ln_x.bias added where the token is valid", "math.md §5",
                        "used a bias that every checkpoint has and none uses", base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Norms.sum(base.groupNorm(config, x, weight, bias), bias);
                            }

                            @Override
                            public double[] gateOfReads(double[] g, boolean valid) {
                                return valid ? g : Vectors.zeros(g);
                            }
                        }),
                new Hypothesis("group norm with one group for all heads", "math.md §5",
                        "normalised the whole row instead of each head", base -> new Changed(base) {
                            @Override
                            public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
                                return Vectors.groupNorm(x, x.length, NORM_EPS, weight);
                            }
                        }),
                new Hypothesis("reads not gated by feature_g", "math.md §5", "forgot feature_g",
                        base -> new Changed(base) {
                            @Override
                            public double[] gated(double[] normed, double[] g) {
                                return normed;
                            }
                        }),
                new Hypothesis("reads gated before the norm", "math.md §5", "multiplied by feature_g first",
                        base -> new Changed(base) {
                            @Override
                            public double[] normInput(double[] rawReads, double[] g) {
                                return Norms.product(rawReads, g);
                            }
                            @Override
                            public double[] gated(double[] normed, double[] g) {
                                return normed;
                            }
                        }),
                new Hypothesis("output transposed", "math.md §5", "applied it from the right",
                        Weights.transposed(MemoryTensor.OUTPUT)),
                new Hypothesis("deltas without alpha", "math.md §6", "scaled by 1 / r", base -> new Changed(base) {
                    @Override
                    public double deltaScale(MemoryConfig config) {
                        return 1.0 / config.rank();
                    }
                }),
                new Hypothesis("deltas not divided by the rank", "math.md §6", "scaled by alpha",
                        base -> new Changed(base) {
                            @Override
                            public double deltaScale(MemoryConfig config) {
                                return config.alpha();
                            }
                        }),
                new Hypothesis("deltas not scaled", "math.md §6", "forgot alpha / r", base -> new Changed(base) {
                    @Override
                    public double deltaScale(MemoryConfig config) {
                        return 1;
                    }
                }),
                new Hypothesis("deltas scaled by alpha twice", "math.md §6", "scaled weights and result",
                        base -> new Changed(base) {
                            @Override
                            public double deltaScale(MemoryConfig config) {
                                return base.deltaScale(config) * config.alpha();
                            }
                        }),
                new Hypothesis("deltas divided by the rank twice", "math.md §6", "scaled weights and result",
                        base -> new Changed(base) {
                            @Override
                            public double deltaScale(MemoryConfig config) {
                                return base.deltaScale(config) / config.rank();
                            }
                        }),
                new Hypothesis("deltas divided by the width", "math.md §6", "scaled by alpha / D",
                        base -> new Changed(base) {
                            @Override
                            public double deltaScale(MemoryConfig config) {
                                return config.alpha() / config.readDim();
                            }
                        }),
                new Hypothesis("deltas divided by the root of the rank", "math.md §6",
                        "scaled as rank-stabilised LoRA does", base -> new Changed(base) {
                            @Override
                            public double deltaScale(MemoryConfig config) {
                                return config.alpha() / Math.sqrt(config.rank());
                            }
                        }),
                new Hypothesis("deltas subtracted", "math.md §6", "lost a sign", base -> new Changed(base) {
                    @Override
                    public double deltaScale(MemoryConfig config) {
                        return -base.deltaScale(config);
                    }
                }),
                new Hypothesis("delta_q and delta_o swapped", "math.md §6", "took one projection for the other",
                        Weights.swapped(MemoryTensor.DELTA_Q, MemoryTensor.DELTA_O)),
                new Hypothesis("delta projections read transposed", "math.md §6", "read [out, D] as [D, out]",
                        Weights::deltasAsTheyLie));
    }
}
