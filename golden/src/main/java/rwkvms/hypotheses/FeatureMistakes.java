package rwkvms.hypotheses;

import java.util.List;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;

/** Mistakes of math.md §2 behind the token shift. */
final class FeatureMistakes {
    private FeatureMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("feature_w without the 0.5", "math.md §2", "forgot the 0.5", base -> new Changed(base) {
                    @Override
                    public double decayExponent(double u) {
                        return -Vectors.softplus(-u, SOFTPLUS_LINEAR);
                    }
                }),
                new Hypothesis("feature_w without softplus", "math.md §2", "took u - 0.5", base -> new Changed(base) {
                    @Override
                    public double decayExponent(double u) {
                        return u - 0.5;
                    }
                }),
                new Hypothesis("softplus of u instead of -u", "math.md §2", "lost a sign", base -> new Changed(base) {
                    @Override
                    public double decayExponent(double u) {
                        return -Vectors.softplus(u, SOFTPLUS_LINEAR) - 0.5;
                    }
                }),
                new Hypothesis("softplus linear from 5", "math.md §2", "took another threshold",
                        base -> new Changed(base) {
                            @Override
                            public double decayExponent(double u) {
                                return -Vectors.softplus(-u, 5) - 0.5;
                            }
                        }),
                new Hypothesis("softplus overflows", "math.md §2", "left out the part where it is linear",
                        base -> new Changed(base) {
                            @Override
                            public double decayExponent(double u) {
                                return -Math.log(1 + Math.exp(-u)) - 0.5;
                            }
                        }),
                new Hypothesis("softplus overflows in float32", "math.md §2",
                        "left out the part where it is linear, in float32", base -> new Changed(base) {
                            @Override
                            public double decayExponent(double u) {
                                return -Math.log(1 + (float) Math.exp(-u)) - 0.5;
                            }
                        }),
                new Hypothesis("the argument of softplus clamped at 20", "math.md §2",
                        "clamped it where softplus is linear", base -> new Changed(base) {
                            @Override
                            public double decayExponent(double u) {
                                return -Math.log1p(Math.exp(Math.min(-u, SOFTPLUS_LINEAR))) - 0.5;
                            }
                        }),
                new Hypothesis("softplus linear below -20 too", "math.md §2",
                        "compared the absolute value with the threshold", base -> new Changed(base) {
                            @Override
                            public double decayExponent(double u) {
                                return u > SOFTPLUS_LINEAR ? u - 0.5 : base.decayExponent(u);
                            }
                        }),
                new Hypothesis("no tanh between w1 and w2", "math.md §2", "treated w like a",
                        base -> new Changed(base) {
                            @Override
                            public double insideW(double z) {
                                return z;
                            }
                        }),
                new Hypothesis("sigmoid between w1 and w2", "math.md §2", "treated w like g",
                        base -> new Changed(base) {
                            @Override
                            public double insideW(double z) {
                                return Vectors.sigmoid(z);
                            }
                        }),
                new Hypothesis("tanh between a1 and a2", "math.md §2", "treated a like w", base -> new Changed(base) {
                    @Override
                    public double insideA(double z) {
                        return Math.tanh(z);
                    }
                }),
                new Hypothesis("sigmoid between a1 and a2", "math.md §2", "treated a like g",
                        base -> new Changed(base) {
                            @Override
                            public double insideA(double z) {
                                return Vectors.sigmoid(z);
                            }
                        }),
                new Hypothesis("no sigmoid between g1 and g2", "math.md §2", "treated g like a",
                        base -> new Changed(base) {
                            @Override
                            public double insideG(double z) {
                                return z;
                            }
                        }),
                new Hypothesis("tanh between g1 and g2", "math.md §2", "treated g like w", base -> new Changed(base) {
                    @Override
                    public double insideG(double z) {
                        return Math.tanh(z);
                    }
                }),
                new Hypothesis("w0 missing", "math.md §2", "forgot the bias of w",
                        Weights.changed(Vectors::zeros, MemoryTensor.W0)),
                new Hypothesis("a0 missing", "math.md §2", "forgot the bias of a",
                        Weights.changed(Vectors::zeros, MemoryTensor.A0)),
                new Hypothesis("the a-gate without sigmoid", "math.md §2", "took a0 + (x_a a1) a2 itself",
                        base -> new Changed(base) {
                            @Override
                            public double aGate(double u) {
                                return u;
                            }
                        }),
                new Hypothesis("w1 applied from the left", "math.md §2", "read w1 as [out, in]",
                        Weights.asItLies(MemoryTensor.W1, false)),
                new Hypothesis("w2 applied from the left", "math.md §2", "read w2 as [out, in]",
                        Weights.asItLies(MemoryTensor.W2, true)),
                new Hypothesis("a1 applied from the left", "math.md §2", "read a1 as [out, in]",
                        Weights.asItLies(MemoryTensor.A1, false)),
                new Hypothesis("a2 applied from the left", "math.md §2", "read a2 as [out, in]",
                        Weights.asItLies(MemoryTensor.A2, true)),
                new Hypothesis("g1 applied from the left", "math.md §2", "read g1 as [out, in]",
                        Weights.asItLies(MemoryTensor.G1, false)),
                new Hypothesis("g2 applied from the left", "math.md §2", "read g2 as [out, in]",
                        Weights.asItLies(MemoryTensor.G2, true)),
                new Hypothesis("the pairs of a and g swapped", "math.md §2", "took a1 and a2 for g1 and g2",
                        base -> Weights.swapped(MemoryTensor.A1, MemoryTensor.G1)
                                .apply(Weights.swapped(MemoryTensor.A2, MemoryTensor.G2).apply(base))),
                new Hypothesis("the pairs of w and a swapped", "math.md §2", "took w1 and w2 for a1 and a2",
                        base -> Weights.swapped(MemoryTensor.W1, MemoryTensor.A1)
                                .apply(Weights.swapped(MemoryTensor.W2, MemoryTensor.A2).apply(base))),
                new Hypothesis("receptance and key swapped", "math.md §2", "loaded one for the other",
                        Weights.swapped(MemoryTensor.RECEPTANCE, MemoryTensor.KEY)),
                new Hypothesis("key and value swapped", "math.md §2", "loaded one for the other",
                        Weights.swapped(MemoryTensor.KEY, MemoryTensor.VALUE)),
                new Hypothesis("receptance and value swapped", "math.md §2", "loaded one for the other",
                        Weights.swapped(MemoryTensor.RECEPTANCE, MemoryTensor.VALUE)),
                new Hypothesis("receptance, key and value transposed", "math.md §2", "applied them from the right",
                        Weights.transposed(MemoryTensor.RECEPTANCE, MemoryTensor.KEY, MemoryTensor.VALUE)),
                new Hypothesis("receptance, key, value and output transposed", "math.md §2",
                        "applied every square weight from the right",
                        Weights.transposed(MemoryTensor.RECEPTANCE, MemoryTensor.KEY, MemoryTensor.VALUE,
                                MemoryTensor.OUTPUT)),
                new Hypothesis("receptance transposed", "math.md §2", "applied receptance from the right",
                        Weights.transposed(MemoryTensor.RECEPTANCE)),
                new Hypothesis("key transposed", "math.md §2", "applied key from the right",
                        Weights.transposed(MemoryTensor.KEY)),
                new Hypothesis("value transposed", "math.md §2", "applied value from the right",
                        Weights.transposed(MemoryTensor.VALUE)),
                new Hypothesis("a floor of 1e-6 under the norm of kk", "math.md §2", "took the floor of q and k",
                        base -> new Changed(base) {
                            @Override
                            public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                                return Vectors.unit(Norms.product(key, kK), config.rank(), SOURCE_FLOOR);
                            }
                        }),
                new Hypothesis("no floor of 1e-12 under the norm of kk", "math.md §2", "divided by the norm itself",
                        base -> new Changed(base) {
                            @Override
                            public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                                return Vectors.unit(Norms.product(key, kK), config.rank(), Double.MIN_NORMAL);
                            }
                        }),
                new Hypothesis("kk without the norm", "math.md §2", "forgot the norm", base -> new Changed(base) {
                    @Override
                    public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                        return Norms.product(key, kK);
                    }
                }),
                new Hypothesis("k_k missing", "math.md §2", "took kk from the key itself",
                        Weights.changed(Vectors::ones, MemoryTensor.K_K)),
                new Hypothesis("kk made of feature_k", "math.md §2", "scaled the key first", base -> new Changed(base) {
                    @Override
                    public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                        return base.kk(config, featureK, kK, featureK);
                    }
                }),
                new Hypothesis("k_a taken as 1", "math.md §2", "scaled the key by the a-gate alone",
                        Weights.changed(Vectors::ones, MemoryTensor.K_A)),
                new Hypothesis("feature_k without the a-gate", "math.md §2", "took the raw key",
                        base -> new Changed(base) {
                            @Override
                            public double featureK(double key, double aGate, double kA) {
                                return key;
                            }
                        }),
                new Hypothesis("feature_k scaled by 1 + (1 - agate) k_a", "math.md §2", "lost a sign",
                        base -> new Changed(base) {
                            @Override
                            public double featureK(double key, double aGate, double kA) {
                                return key * (1 + (1 - aGate) * kA);
                            }
                        }),
                new Hypothesis("feature_a is kk", "math.md §2", "lost its sign", base -> new Changed(base) {
                    @Override
                    public double featureA(double kk) {
                        return kk;
                    }
                }),
                new Hypothesis("feature_b without the a-gate", "math.md §2", "took kk itself",
                        base -> new Changed(base) {
                            @Override
                            public double featureB(double kk, double aGate) {
                                return kk;
                            }
                        }),
                new Hypothesis("feature_v shown is feature_k", "math.md §2", "recorded another tensor under this name",
                        base -> new Changed(base) {
                            @Override
                            public MathTensor shown(MathTensor name) {
                                return base.shown(name == MathTensor.FEATURE_V
                                        ? MathTensor.FEATURE_K
                                        : name == MathTensor.V_HEADS ? MathTensor.K_HEADS : name);
                            }
                        }));
    }
}
