package rwkvms.hypotheses;

import static rwkvms.hypotheses.Rule.SOURCE_FLOOR;

import java.util.List;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** Mistakes of math.md §1, and of what is read before it. */
final class ProjectionMistakes {
    private ProjectionMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("q, k and the source of semantics 2 without tanh", "math.md §1",
                        "divided the raw projections by their norm",
                        base -> new NormedProjections(base, (raw, rank) -> Vectors.unit(raw, rank, SOURCE_FLOOR))),
                new Hypothesis("q and k without tanh", "math.md §1", "divided the raw q and k by their norm",
                        base -> new NormedQueries(base, (raw, rank) -> Vectors.unit(raw, rank, SOURCE_FLOOR))),
                new Hypothesis("q, k and the source of semantics 2 without the norm", "math.md §1",
                        "took tanh and forgot the norm",
                        base -> new NormedProjections(base, (raw, rank) -> Vectors.each(raw, Math::tanh))),
                new Hypothesis("q and k without the norm", "math.md §1", "took tanh of q and k and forgot the norm",
                        base -> new NormedQueries(base, (raw, rank) -> Vectors.each(raw, Math::tanh))),
                new Hypothesis("no floor of 1e-6 under the norm of q, k and the source", "math.md §1",
                        "took 1e-12, or none",
                        base -> new NormedProjections(base, (raw, rank) -> Vectors.bounded(raw, rank, 1e-12))),
                new Hypothesis("no floor of 1e-6 under the norm of q and k", "math.md §1",
                        "took 1e-12 for q and k, or none",
                        base -> new NormedQueries(base, (raw, rank) -> Vectors.bounded(raw, rank, 1e-12))),
                new Hypothesis("a floor of 1e-8 under the norm of q and k", "math.md §1",
                        "took the eps of another normalisation",
                        base -> new NormedQueries(base, (raw, rank) -> Vectors.bounded(raw, rank, 1e-8))),
                new Hypothesis("no floor of 1e-6 under the norm of the source of semantics 2",
                        "semantics.md, version 2", "took 1e-12 for the source, or none", base -> new Changed(base) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return config.semanticsVersion() == 2
                                        ? Vectors.bounded(raw, config.rank(), 1e-12)
                                        : raw;
                            }
                        }),
                new Hypothesis("the floor added to every norm", "math.md §1",
                        "divided by the norm plus eps, not by the larger of both", base -> new NormedProjections(base,
                                (raw, rank) -> Norms.added(Vectors.each(raw, Math::tanh), rank, SOURCE_FLOOR)) {
                            @Override
                            public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                                return Norms.added(Norms.product(key, kK), config.rank(), KEY_FLOOR);
                            }
                        }),
                new Hypothesis("the floor under the root of every norm", "math.md §1",
                        "took the root of the squares plus eps", base -> new NormedProjections(base,
                                (raw, rank) -> Norms.underTheRoot(Vectors.each(raw, Math::tanh), rank, SOURCE_FLOOR)) {
                            @Override
                            public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                                return Norms.underTheRoot(Norms.product(key, kK), config.rank(), KEY_FLOOR);
                            }
                        }),
                new Hypothesis("one norm over all heads", "math.md §1", "normalised the whole row instead of each head",
                        base -> new NormedProjections(base,
                                (raw, rank) -> Vectors.bounded(raw, raw.length, SOURCE_FLOOR)) {
                            @Override
                            public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
                                return Vectors.unit(Norms.product(key, kK), key.length, KEY_FLOOR);
                            }
                        }),
                new Hypothesis("q and k normalised without normalize_qk", "math.md §1",
                        "did not read the setting normalize_qk", base -> new Changed(base) {
                            @Override
                            public double[] query(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2
                                        ? source
                                        : Vectors.bounded(raw, config.rank(), SOURCE_FLOOR);
                            }
                            @Override
                            public double[] key(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2
                                        ? source
                                        : Vectors.bounded(raw, config.rank(), SOURCE_FLOOR);
                            }
                        }),
                new Hypothesis("q and k never normalised", "math.md §1", "did not read the setting normalize_qk",
                        base -> new Changed(base) {
                            @Override
                            public double[] query(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2 ? source : raw;
                            }
                            @Override
                            public double[] key(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2 ? source : raw;
                            }
                        }),
                new Hypothesis("memory_q and memory_k swapped", "math.md §1", "took mem_q for mem_k",
                        Weights.swapped(MemoryTensor.MEM_Q, MemoryTensor.MEM_K)),
                new Hypothesis("mem_k and mem_v swapped", "math.md §1", "joined the projections in the order q, v, k",
                        Weights.swapped(MemoryTensor.MEM_K, MemoryTensor.MEM_V)),
                new Hypothesis("the source made of mem_k", "math.md §1", "took the rows of mem_k for those of mem_v",
                        Weights.instead(MemoryTensor.MEM_V, MemoryTensor.MEM_K)),
                new Hypothesis("the source is memory_k", "math.md §1", "took the key as it is stored for the source",
                        base -> new Changed(Weights.instead(MemoryTensor.MEM_V, MemoryTensor.MEM_K).apply(base)) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return config.semanticsVersion() == 2 || config.normalizeQk()
                                        ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR)
                                        : raw;
                            }
                        }),
                new Hypothesis("memory_v shown is memory_k", "math.md §1", "recorded another tensor under this name",
                        base -> new Changed(base) {
                            @Override
                            public MathTensor shown(MathTensor name) {
                                return base.shown(name == MathTensor.MEMORY_V ? MathTensor.MEMORY_K : name);
                            }
                        }),
                new Hypothesis("the source of semantics 2 raw", "semantics.md, version 2",
                        "kept the source of semantics 1", base -> new Changed(base) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return raw;
                            }
                        }),
                new Hypothesis("the source of semantics 2 normalised only with normalize_qk", "semantics.md, version 2",
                        "let normalize_qk decide about the source", base -> new Changed(base) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return config.semanticsVersion() == 2 && config.normalizeQk()
                                        ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR)
                                        : raw;
                            }
                        }),
                new Hypothesis("the source normalised in semantics 1", "semantics.md",
                        "normalised it as semantics 2 does", base -> new Changed(base) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return Vectors.bounded(raw, config.rank(), SOURCE_FLOOR);
                            }
                        }),
                new Hypothesis("the source normalised in semantics 1 instead of q and k", "semantics.md",
                        "took the branch of semantics 2", base -> new Changed(base) {
                            @Override
                            public double[] source(MemoryConfig config, double[] raw) {
                                return Vectors.bounded(raw, config.rank(), SOURCE_FLOOR);
                            }
                            @Override
                            public double[] query(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2 ? source : raw;
                            }
                            @Override
                            public double[] key(MemoryConfig config, double[] raw, double[] source) {
                                return config.semanticsVersion() == 2 ? source : raw;
                            }
                        }),
                new Hypothesis("q and k of their own in semantics 2", "semantics.md, version 2",
                        "applied mem_q and mem_k as semantics 1 does", base -> new Changed(base) {
                            @Override
                            public double[] query(MemoryConfig config, double[] raw, double[] source) {
                                return config.normalizeQk() ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR) : raw;
                            }
                            @Override
                            public double[] key(MemoryConfig config, double[] raw, double[] source) {
                                return config.normalizeQk() ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR) : raw;
                            }
                        }),
                new Hypothesis("beta and lambda without their bias", "math.md §1", "forgot beta_b and lambda_b",
                        Weights.changed(Vectors::zeros, MemoryTensor.BETA_B, MemoryTensor.LAMBDA_B)),
                new Hypothesis("beta without its bias", "math.md §1", "forgot beta_b",
                        Weights.changed(Vectors::zeros, MemoryTensor.BETA_B)),
                new Hypothesis("beta and lambda without sigmoid", "math.md §1", "took the raw gates",
                        base -> new Changed(base) {
                            @Override
                            public double beta(double z) {
                                return z;
                            }

                            @Override
                            public double freeLambda(double z) {
                                return z;
                            }
                        }),
                new Hypothesis("beta without sigmoid", "math.md §1", "took the raw beta", base -> new Changed(base) {
                    @Override
                    public double beta(double z) {
                        return z;
                    }
                }),
                new Hypothesis("the gates read one row too early", "math.md §1",
                        "was off by one row in the joined projections", Weights::earlyGates),
                new Hypothesis("a coupled lambda is beta", "math.md §1", "forgot to take it from 1",
                        base -> new Changed(base) {
                            @Override
                            public double lambda(MemoryConfig config, double beta, double free) {
                                return config.updateMode() != UpdateMode.NO_LAMBDA && config.coupleLambda()
                                        ? beta
                                        : base.lambda(config, beta, free);
                            }
                        }),
                new Hypothesis("a free lambda made of the rows of beta", "math.md §1",
                        "did not read the projection of lambda", base -> new Changed(base) {
                            @Override
                            public double lambda(MemoryConfig config, double beta, double free) {
                                return base.lambda(config, beta, beta);
                            }
                        }),
                new Hypothesis("a free lambda with the bias of beta", "math.md §1", "took beta_b for lambda_b",
                        Weights.instead(MemoryTensor.LAMBDA_B, MemoryTensor.BETA_B)),
                new Hypothesis("lambda always coupled", "math.md §1", "did not read the setting couple_lambda",
                        base -> new Changed(base) {
                            @Override
                            public double lambda(MemoryConfig config, double beta, double free) {
                                return base.lambda(config, beta, 1 - beta);
                            }
                        }),
                new Hypothesis("no_lambda ignored", "math.md §1", "took lambda as 1 - beta in that mode too",
                        base -> new Changed(base) {
                            @Override
                            public double lambda(MemoryConfig config, double beta, double free) {
                                return config.updateMode() == UpdateMode.NO_LAMBDA
                                        ? 1 - beta
                                        : base.lambda(config, beta, free);
                            }
                            @Override
                            public double keep(MemoryConfig config, double beta, double lambda) {
                                return config.updateMode() == UpdateMode.NO_LAMBDA
                                        ? lambda
                                        : base.keep(config, beta, lambda);
                            }
                        }),
                new Hypothesis("final_previous_source is the last row, masked or not", "math.md §2, predecessor",
                        "did not look at the mask behind the last token", base -> new Changed(base) {
                            @Override
                            public double[] finalPrevious(Call call, double[][] sources) {
                                return sources[sources.length - 1];
                            }
                        }),
                new Hypothesis("hidden states rounded to BF16", "math.md §1", "multiplied in BF16",
                        base -> new Changed(base) {
                            @Override
                            public double[] hidden(double[] x) {
                                return base.hidden(Vectors.each(x,
                                        value -> Float.intBitsToFloat(Tensor.roundToBfloat16((float) value) << 16)));
                            }
                        }),
                new Hypothesis("F32 weights cut to BF16", "math.md §1", "kept the upper half of each float",
                        Weights.reread(DType.FLOAT32, bits -> Float.intBitsToFloat(bits & 0xffff0000))),
                new Hypothesis("F16 weights rounded to BF16", "math.md §1", "converted them by way of BF16",
                        Weights.reread(DType.FLOAT16,
                                bits -> Float
                                        .intBitsToFloat(Tensor.roundToBfloat16(Float.intBitsToFloat(bits)) << 16))),
                new Hypothesis("BF16 weights read as F16", "math.md §1", "took one 16-bit type for the other",
                        Weights.reread(DType.BFLOAT16, bits -> Float.float16ToFloat((short) (bits >>> 16)))),
                new Hypothesis("every eighth product of a projection lost", "math.md §1",
                        "lost a lane where the sums of a vector are added", Weights::laneLost));
    }
}
