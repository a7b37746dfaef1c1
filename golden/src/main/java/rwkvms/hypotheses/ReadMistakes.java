package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import rwkvms.math.MemoryConfig;

/** Mistakes of math.md §4, steps 1 to 4: read, score, route. */
final class ReadMistakes {
    private ReadMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("the read after the write", "math.md §4, step 1", "wrote the token first",
                        base -> new Changed(base) {
                            @Override
                            public double[] stateRead(MemoryConfig config, double[] state, double[] decay,
                                    Supplier<double[]> written) {
                                return written.get();
                            }
                        }),
                new Hypothesis("the read of the decayed state", "math.md §4, step 1", "decayed the state first",
                        base -> new Changed(base) {
                            @Override
                            public double[] stateRead(MemoryConfig config, double[] state, double[] decay,
                                    Supplier<double[]> written) {
                                return States.decayed(config, state, decay);
                            }
                        }),
                new Hypothesis("S read transposed", "math.md §4, step 1", "summed over rows instead of columns",
                        base -> new Changed(base) {
                            @Override
                            public double[] slotReads(MemoryConfig config, double[] state, double[] r) {
                                return base.slotReads(config, Vectors.transposed(state, config.rank()), r);
                            }
                        }),
                new Hypothesis("the r of the token before", "math.md §4, step 1", "read with the last token's r",
                        base -> new Changed(base) {
                            @Override
                            public Features scanned(Features features, Features before) {
                                return new Features(before.r, features.w, features.k, features.v, features.a,
                                        features.b, features.g);
                            }
                        }),
                new Hypothesis("r and k swapped", "math.md §4, step 1", "read with k and wrote with r",
                        base -> new Changed(base) {
                            @Override
                            public Features scanned(Features features, Features before) {
                                return new Features(features.k, features.w, features.r, features.v, features.a,
                                        features.b, features.g);
                            }
                        }),
                new Hypothesis("the initial state transposed", "math.md §4", "laid it out by columns",
                        base -> new Changed(base) {
                            @Override
                            public double[] initialState(MemoryConfig config, double[] state) {
                                return Vectors.transposed(state, config.rank());
                            }
                        }),
                new Hypothesis("the initial state lost", "math.md §4", "began with zeros", base -> new Changed(base) {
                    @Override
                    public double[] initialState(MemoryConfig config, double[] state) {
                        return Vectors.zeros(state);
                    }
                }),
                new Hypothesis("the initial position lost", "math.md §4", "began at position 0",
                        base -> new Changed(base) {
                            @Override
                            public long initialPosition(MemoryConfig config, long position) {
                                return 0;
                            }
                        }),
                new Hypothesis("scores not divided by the root of the rank", "math.md §4, step 2", "forgot the root",
                        base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return config.semanticsVersion() == 2
                                        ? base.score(config, reads, from, r, rFrom)
                                        : Vectors.dot(reads, from, r, rFrom, config.rank());
                            }
                        }),
                new Hypothesis("scores divided by the rank", "math.md §4, step 2", "forgot the root of the rank",
                        base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return config.semanticsVersion() == 2
                                        ? base.score(config, reads, from, r, rFrom)
                                        : Vectors.dot(reads, from, r, rFrom, config.rank()) / config.rank();
                            }
                        }),
                new Hypothesis("scores divided by the root of the width", "math.md §4, step 2",
                        "divided by the root of D instead of r", base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return config.semanticsVersion() == 2
                                        ? base.score(config, reads, from, r, rFrom)
                                        : Vectors.dot(reads, from, r, rFrom, config.rank())
                                                / Math.sqrt(config.readDim());
                            }
                        }),
                new Hypothesis("semantics 2 scored by the dot product", "semantics.md, version 2",
                        "kept the score of semantics 1", base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return Vectors.dot(reads, from, r, rFrom, config.rank()) / Math.sqrt(config.rank());
                            }
                        }),
                new Hypothesis("semantics 1 scored by the cosine", "semantics.md", "took the score of semantics 2",
                        base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return Scores.cosine(reads, from, r, rFrom, config.rank(), COSINE_FLOOR, COSINE_FLOOR);
                            }
                        }),
                new Hypothesis("the cosine divided by the root of the rank", "semantics.md, version 2",
                        "divided it as the dot product is", base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return base.score(config, reads, from, r, rFrom)
                                        / (config.semanticsVersion() == 2 ? Math.sqrt(config.rank()) : 1);
                            }
                        }),
                new Hypothesis("no floor of 1e-6 under the norms of the cosine", "semantics.md, version 2",
                        "took 1e-12, or none", base -> cosineOver(base, 1e-12, 1e-12)),
                new Hypothesis("a floor of 1e-8 under the norms of the cosine", "semantics.md, version 2",
                        "took the eps of a library", base -> cosineOver(base, 1e-8, 1e-8)),
                new Hypothesis("no floor of 1e-6 under the norm of the reads in the cosine", "semantics.md, version 2",
                        "clamped r alone", base -> cosineOver(base, 1e-12, Rule.COSINE_FLOOR)),
                new Hypothesis("no floor of 1e-6 under the norm of r in the cosine", "semantics.md, version 2",
                        "clamped the reads alone", base -> cosineOver(base, Rule.COSINE_FLOOR, 1e-12)),
                new Hypothesis("the product of the norms of the cosine clamped", "semantics.md, version 2",
                        "clamped the product at 1e-6 instead of each", base -> new Changed(base) {
                            @Override
                            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                                return config.semanticsVersion() == 2
                                        ? Vectors.dot(reads, from, r, rFrom, config.rank())
                                                / Math.max(Vectors.norm(reads, from, config.rank())
                                                        * Vectors.norm(r, rFrom, config.rank()), COSINE_FLOOR)
                                        : base.score(config, reads, from, r, rFrom);
                            }
                        }),
                new Hypothesis("top-k ignored", "math.md §4, step 2", "kept every score", base -> new Changed(base) {
                    @Override
                    public double[] keepTop(MemoryConfig config, double[] scores) {
                        return scores;
                    }
                }),
                new Hypothesis("one slot too many in top-k", "math.md §4, step 2", "compared with the wrong bound",
                        base -> new Changed(base) {
                            @Override
                            public double[] keepTop(MemoryConfig config, double[] scores) {
                                return config.masksSlots()
                                        ? Scores.keepTop(scores, config.numStates(), config.readTopK() + 1, LEAST_SCORE)
                                        : scores;
                            }
                        }),
                new Hypothesis("one slot too few in top-k", "math.md §4, step 2", "compared with the wrong bound",
                        base -> new Changed(base) {
                            @Override
                            public double[] keepTop(MemoryConfig config, double[] scores) {
                                return config.masksSlots() && config.readTopK() > 1
                                        ? Scores.keepTop(scores, config.numStates(), config.readTopK() - 1, LEAST_SCORE)
                                        : base.keepTop(config, scores);
                            }
                        }),
                new Hypothesis("top-k keeps the lowest scores", "math.md §4, step 2", "sorted the other way",
                        base -> new Changed(base) {
                            @Override
                            public double[] keepTop(MemoryConfig config, double[] scores) {
                                return config.masksSlots()
                                        ? Scores.keepLowest(scores, config.numStates(), config.readTopK(), LEAST_SCORE)
                                        : scores;
                            }
                        }),
                new Hypothesis("slots outside top-k score 0", "math.md §4, step 2",
                        "masked with 0 instead of the most negative float", base -> new Changed(base) {
                            @Override
                            public double[] keepTop(MemoryConfig config, double[] scores) {
                                return config.masksSlots()
                                        ? Scores.keepTop(scores, config.numStates(), config.readTopK(), 0)
                                        : scores;
                            }
                        }),
                new Hypothesis("top-k by the mean over heads", "math.md §4, step 2",
                        "chose the slots once for all heads", base -> new Changed(base) {
                            @Override
                            public double[] keepTop(MemoryConfig config, double[] scores) {
                                return config.masksSlots()
                                        ? Scores.keepTopOfMean(scores, config.numStates(), config.readTopK(),
                                                LEAST_SCORE)
                                        : scores;
                            }
                        }),
                new Hypothesis("uniform routes", "math.md §4, step 3", "gave every slot the same weight",
                        base -> new Changed(base) {
                            @Override
                            public double[] routes(MemoryConfig config, double[] scores) {
                                return Vectors.each(scores, score -> 1.0 / config.numStates());
                            }
                        }),
                new Hypothesis("a masked token has routes and reads", "math.md §4, step 3",
                        "did not multiply by the validity", base -> new Changed(base) {
                            @Override
                            public double[] recordedRoutes(double[] routes, boolean valid) {
                                return routes;
                            }
                            @Override
                            public double[] readRoutes(double[] routes, boolean valid) {
                                return routes;
                            }
                        }),
                new Hypothesis("a masked token has routes", "math.md §4, step 3",
                        "multiplied the reads alone by the validity", base -> new Changed(base) {
                            @Override
                            public double[] recordedRoutes(double[] routes, boolean valid) {
                                return routes;
                            }
                        }),
                new Hypothesis("a masked token reads", "math.md §4, step 3",
                        "multiplied the recorded routes alone by the validity", base -> new Changed(base) {
                            @Override
                            public double[] readRoutes(double[] routes, boolean valid) {
                                return routes;
                            }
                        }),
                new Hypothesis("a masked token reads, and its gate is closed", "math.md §4, step 3",
                        "multiplied the recorded routes and the gate by the validity", base -> new Changed(base) {
                            @Override
                            public double[] readRoutes(double[] routes, boolean valid) {
                                return routes;
                            }

                            @Override
                            public double[] gateOfReads(double[] g, boolean valid) {
                                return valid ? g : Vectors.zeros(g);
                            }
                        }),
                new Hypothesis("read_routes of the first head", "math.md §4, step 3", "took a head instead of the mean",
                        base -> new Changed(base) {
                            @Override
                            public double[] meanRoutes(MemoryConfig config, double[] perHead) {
                                return Arrays.copyOf(perHead, config.numStates());
                            }
                        }),
                new Hypothesis("every slot read with the route of the first", "math.md §4, step 4", "lost an index",
                        base -> new Changed(base) {
                            @Override
                            public double rawRead(MemoryConfig config, double[] routes, double[] slotReads, int head,
                                    int i) {
                                return base.rawRead(config, Scores.ofFirstSlot(routes, config.numStates()), slotReads,
                                        head, i);
                            }
                        }));
    }

    /** The cosine of semantics 2 with these floors under the norms of the reads and of r. */
    private static Rule cosineOver(Rule base, double readsFloor, double rFloor) {
        return new Changed(base) {
            @Override
            public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
                return config.semanticsVersion() == 2
                        ? Scores.cosine(reads, from, r, rFrom, config.rank(), readsFloor, rFloor)
                        : base.score(config, reads, from, r, rFrom);
            }
        };
    }
}
