package rwkvms.hypotheses;

import java.util.List;
import rwkvms.sidecar.MemoryTensor;

/** Mistakes of math.md §2 up to x_c: predecessors and the token shift. */
final class ShiftMistakes {
    /** Tokens of a graph, as in this suite's own C++ runtime. */
    private static final int LARGE = 64;
    private static final int SMALL = 8;

    private ShiftMistakes() {
    }

    /** The first token of the graph that a token of a call is in: graphs of 64 tokens, then one of a multiple of 8, then the rest. */
    private static int graph(int token, int tokens) {
        int large = tokens / LARGE * LARGE;
        int small = large + (tokens - large) / SMALL * SMALL;
        return token < large ? token / LARGE * LARGE : token < small ? large : small;
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("the shift reversed", "math.md §2", "subtracted the predecessor from x",
                        base -> new Changed(base) {
                            @Override
                            public double shifted(double x, double before, double mu) {
                                return x + (x - before) * mu;
                            }
                        }),
                new Hypothesis("the shift starts from the predecessor", "math.md §2",
                        "added the shift to the predecessor", base -> new Changed(base) {
                            @Override
                            public double shifted(double x, double before, double mu) {
                                return before + (before - x) * mu;
                            }
                        }),
                new Hypothesis("no token shift", "math.md §2", "left the shift out", base -> new Changed(base) {
                    @Override
                    public double shifted(double x, double before, double mu) {
                        return x;
                    }
                }),
                new Hypothesis("the mu of r for every feature", "math.md §2", "used one factor for all",
                        Weights.allMusOfR()),
                new Hypothesis("x_r and x_w swapped", "math.md §2",
                        "took the shift factors of r for those of w, and the reverse",
                        Weights.swapped(MemoryTensor.X_R, MemoryTensor.X_W)),
                new Hypothesis("x_r and x_k swapped", "math.md §2",
                        "took the shift factors of r for those of k, and the reverse",
                        Weights.swapped(MemoryTensor.X_R, MemoryTensor.X_K)),
                new Hypothesis("x_r and x_v swapped", "math.md §2",
                        "took the shift factors of r for those of v, and the reverse",
                        Weights.swapped(MemoryTensor.X_R, MemoryTensor.X_V)),
                new Hypothesis("x_r and x_a swapped", "math.md §2",
                        "took the shift factors of r for those of a, and the reverse",
                        Weights.swapped(MemoryTensor.X_R, MemoryTensor.X_A)),
                new Hypothesis("x_r and x_g swapped", "math.md §2",
                        "took the shift factors of r for those of g, and the reverse",
                        Weights.swapped(MemoryTensor.X_R, MemoryTensor.X_G)),
                new Hypothesis("x_w and x_k swapped", "math.md §2",
                        "took the shift factors of w for those of k, and the reverse",
                        Weights.swapped(MemoryTensor.X_W, MemoryTensor.X_K)),
                new Hypothesis("x_w and x_v swapped", "math.md §2",
                        "took the shift factors of w for those of v, and the reverse",
                        Weights.swapped(MemoryTensor.X_W, MemoryTensor.X_V)),
                new Hypothesis("x_w and x_a swapped", "math.md §2",
                        "took the shift factors of w for those of a, and the reverse",
                        Weights.swapped(MemoryTensor.X_W, MemoryTensor.X_A)),
                new Hypothesis("x_w and x_g swapped", "math.md §2",
                        "took the shift factors of w for those of g, and the reverse",
                        Weights.swapped(MemoryTensor.X_W, MemoryTensor.X_G)),
                new Hypothesis("x_k and x_v swapped", "math.md §2",
                        "took the shift factors of k for those of v, and the reverse",
                        Weights.swapped(MemoryTensor.X_K, MemoryTensor.X_V)),
                new Hypothesis("x_k and x_a swapped", "math.md §2",
                        "took the shift factors of k for those of a, and the reverse",
                        Weights.swapped(MemoryTensor.X_K, MemoryTensor.X_A)),
                new Hypothesis("x_k and x_g swapped", "math.md §2",
                        "took the shift factors of k for those of g, and the reverse",
                        Weights.swapped(MemoryTensor.X_K, MemoryTensor.X_G)),
                new Hypothesis("x_v and x_a swapped", "math.md §2",
                        "took the shift factors of v for those of a, and the reverse",
                        Weights.swapped(MemoryTensor.X_V, MemoryTensor.X_A)),
                new Hypothesis("x_v and x_g swapped", "math.md §2",
                        "took the shift factors of v for those of g, and the reverse",
                        Weights.swapped(MemoryTensor.X_V, MemoryTensor.X_G)),
                new Hypothesis("x_a and x_g swapped", "math.md §2",
                        "took the shift factors of a for those of g, and the reverse",
                        Weights.swapped(MemoryTensor.X_A, MemoryTensor.X_G)),
                new Hypothesis("a masked token is the predecessor of the next", "math.md §2, predecessor",
                        "did not look at the mask where predecessors stream", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return call.legacy
                                        ? base.predecessor(call, token, sources)
                                        : token == 0 ? call.previous : sources[token - 1];
                            }
                            @Override
                            public double[] finalPrevious(Call call, double[][] sources) {
                                return sources[sources.length - 1];
                            }
                        }),
                new Hypothesis("a masked token is the predecessor within a call", "math.md §2, predecessor",
                        "did not look at the mask within a call, but behind its end", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return call.legacy
                                        ? base.predecessor(call, token, sources)
                                        : token == 0 ? call.previous : sources[token - 1];
                            }
                        }),
                new Hypothesis("the legacy predecessor skips masked tokens", "math.md §2, predecessor",
                        "streamed from zero where no previous source is given", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return base.predecessor(new Call(false, call.given, call.previous, call.valid), token,
                                        sources);
                            }
                        }),
                new Hypothesis("the legacy predecessor skips masked tokens of its graph", "math.md §2, predecessor",
                        "looked for the last valid token within the tokens of one graph", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                if (!call.legacy || token == 0) {
                                    return base.predecessor(call, token, sources);
                                }
                                for (int t = token - 1; t >= graph(token, sources.length); t--) {
                                    if (call.valid[t]) {
                                        return sources[t];
                                    }
                                }
                                int before = graph(token, sources.length) - 1;
                                return before < 0 ? Vectors.zeros(sources[0]) : sources[before];
                            }
                        }),
                new Hypothesis("the previous source forgotten", "math.md §2, predecessor",
                        "shifted the first token of a call against zero", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return base.predecessor(
                                        new Call(call.legacy, call.given, Vectors.zeros(call.previous), call.valid),
                                        token, sources);
                            }
                        }),
                new Hypothesis("every token shifted against zero", "math.md §2, predecessor",
                        "never kept the source of a token", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return Vectors.zeros(sources[token]);
                            }
                        }),
                new Hypothesis("the first token shifted against itself", "math.md §2, predecessor",
                        "took the first row for its own predecessor", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return call.legacy && token == 0
                                        ? sources[0]
                                        : !call.given && !call.legacy
                                                ? base.predecessor(new Call(false, false, sources[0], call.valid),
                                                        token, sources)
                                                : base.predecessor(call, token, sources);
                            }
                        }),
                new Hypothesis("semantics 2 without a previous source by the legacy rule", "semantics.md, version 2",
                        "asked for the input and not for the semantics", base -> new Changed(base) {
                            @Override
                            public double[] predecessor(Call call, int token, double[][] sources) {
                                return base.predecessor(
                                        call.given ? call : new Call(true, false, call.previous, call.valid), token,
                                        sources);
                            }
                        }));
    }
}
