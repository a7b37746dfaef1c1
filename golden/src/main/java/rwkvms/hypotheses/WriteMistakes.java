package rwkvms.hypotheses;

import java.util.List;
import rwkvms.math.MemoryConfig;

/** Mistakes of math.md §4, steps 5 to 7: slot, write, position. */
final class WriteMistakes {
    private WriteMistakes() {
    }

    static List<Hypothesis> all() {
        return List.of(
                new Hypothesis("the token mask ignored", "math.md §4, step 5", "took every token as valid",
                        base -> new Changed(base) {
                            @Override
                            public boolean valid(boolean valid) {
                                return true;
                            }
                        }),
                new Hypothesis("the slot of the next position", "math.md §4, step 5", "advanced the position first",
                        base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return base.slot(config, position + 1);
                            }
                        }),
                new Hypothesis("the next slot written", "math.md §4, step 5", "counted slots from 1",
                        base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return base.slot(config, position + config.chunkSize());
                            }
                        }),
                new Hypothesis("a chunk holds its boundary's token too", "math.md §4, step 5",
                        "compared with <= at the boundary", base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return base.slot(config, Math.max(position - 1, 0));
                            }
                        }),
                new Hypothesis("the last slot kept once positions pass all slots", "math.md §4, step 5",
                        "forgot the mod", base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return (int) Math.min(position / config.chunkSize(), config.numStates() - 1);
                            }
                        }),
                new Hypothesis("the slot by AND with K - 1", "math.md §4, step 5", "took K for a power of two",
                        base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return (int) (position / config.chunkSize() & config.numStates() - 1);
                            }
                        }),
                new Hypothesis("the slot is p mod K", "math.md §4, step 5", "forgot to divide by the chunk size",
                        base -> new Changed(base) {
                            @Override
                            public int slot(MemoryConfig config, long position) {
                                return (int) (position % config.numStates());
                            }
                        }),
                new Hypothesis("a slot cleared when its chunk begins", "semantics.md",
                        "took a new chunk for an empty slot", base -> new Changed(base) {
                            @Override
                            public double[] stateWritten(MemoryConfig config, double[] state, int slot, long position) {
                                return position % config.chunkSize() == 0 ? Slots.cleared(config, state, slot) : state;
                            }
                        }),
                new Hypothesis("a masked token has a write route", "math.md §4, step 5",
                        "did not multiply by the validity", base -> new Changed(base) {
                            @Override
                            public double writeRoute(boolean valid) {
                                return 1;
                            }
                        }),
                new Hypothesis("a masked token is written and counted", "math.md §4, step 6",
                        "did not look at the mask where it writes", base -> new Changed(base) {
                            @Override
                            public boolean writes(boolean valid) {
                                return true;
                            }
                            @Override
                            public long advanced(long position, boolean valid) {
                                return position + 1;
                            }
                        }),
                new Hypothesis("a masked token is written", "math.md §4, step 6",
                        "did not look at the mask where it writes", base -> new Changed(base) {
                            @Override
                            public boolean writes(boolean valid) {
                                return true;
                            }
                        }),
                new Hypothesis("every slot written", "math.md §4, step 6", "wrote without the one-hot",
                        base -> new Changed(base) {
                            @Override
                            public void writeSlot(MemoryConfig config, double[] candidates, double[] state, int slot) {
                                System.arraycopy(candidates, 0, state, 0, state.length);
                            }
                        }),
                new Hypothesis("every token written into the first slot", "math.md §4, step 6",
                        "lost the offset of the slot", base -> new Changed(base) {
                            @Override
                            public void writeSlot(MemoryConfig config, double[] candidates, double[] state, int slot) {
                                Slots.copy(config, candidates, slot, state, 0);
                            }
                        }),
                new Hypothesis("nothing written", "math.md §4, step 6", "lost what was written",
                        base -> new Changed(base) {
                            @Override
                            public void writeSlot(MemoryConfig config, double[] candidates, double[] state, int slot) {
                                ;
                            }
                        }),
                new Hypothesis("the position advances on masked tokens", "math.md §4, step 7", "counted every token",
                        base -> new Changed(base) {
                            @Override
                            public long advanced(long position, boolean valid) {
                                return position + 1;
                            }
                        }),
                new Hypothesis("decay multiplies rows instead of columns", "math.md §4, step 6", "took d[i] for d[j]",
                        base -> new Changed(base) {
                            @Override
                            public double kept(double[] keep, double[] decay, int i, int j) {
                                return keep[i] * decay[i];
                            }
                        }),
                new Hypothesis("keep multiplies columns instead of rows", "math.md §4, step 6",
                        "took keep[j] for keep[i]", base -> new Changed(base) {
                            @Override
                            public double kept(double[] keep, double[] decay, int i, int j) {
                                return keep[j] * decay[j];
                            }
                        }),
                new Hypothesis("no decay", "math.md §4, step 6", "left the decay out", base -> new Changed(base) {
                    @Override
                    public double kept(double[] keep, double[] decay, int i, int j) {
                        return keep[i];
                    }
                }),
                new Hypothesis("nothing kept by the keep gate", "math.md §4, step 6", "left keep out",
                        base -> new Changed(base) {
                            @Override
                            public double kept(double[] keep, double[] decay, int i, int j) {
                                return decay[j];
                            }
                        }),
                new Hypothesis("write multiplies columns instead of rows", "math.md §4, step 6",
                        "took write[j] for write[i]", base -> new Changed(base) {
                            @Override
                            public double written(double[] write, double[] v, double[] k, int i, int j) {
                                return write[j] * v[i] * k[j];
                            }
                        }),
                new Hypothesis("no write gate", "math.md §4, step 6", "left write out", base -> new Changed(base) {
                    @Override
                    public double written(double[] write, double[] v, double[] k, int i, int j) {
                        return v[i] * k[j];
                    }
                }),
                new Hypothesis("k and v swapped", "math.md §4, step 6", "wrote k v instead of v k",
                        base -> new Changed(base) {
                            @Override
                            public Features scanned(Features features, Features before) {
                                return new Features(features.r, features.w, features.v, features.k, features.a,
                                        features.b, features.g);
                            }
                        }),
                new Hypothesis("a and b swapped", "math.md §4, step 6", "passed them in the other order",
                        base -> new Changed(base) {
                            @Override
                            public Features scanned(Features features, Features before) {
                                return new Features(features.r, features.w, features.k, features.v, features.b,
                                        features.a, features.g);
                            }
                        }),
                new Hypothesis("erase multiplies columns instead of rows", "math.md §4, step 6",
                        "took erase[j] for erase[i]", base -> new Changed(base) {
                            @Override
                            public double erased(double eraseGate, double[] erase, double[] keep, double[] b,
                                    double correction, int i, int j) {
                                return eraseGate * erase[j] * correction * b[j];
                            }
                        }),
                new Hypothesis("corr with S transposed", "math.md §4, step 6", "summed over rows instead of columns",
                        base -> new Changed(base) {
                            @Override
                            public double correction(double[] state, int matrix, int i, double[] a, int aFrom,
                                    double[] decay, int rank) {
                                return States.ofColumn(state, matrix, i, a, aFrom, rank);
                            }
                        }),
                new Hypothesis("corr subtracted", "math.md §4, step 6", "lost the sign of feature_a",
                        base -> new Changed(base) {
                            @Override
                            public double correction(double[] state, int matrix, int i, double[] a, int aFrom,
                                    double[] decay, int rank) {
                                return -base.correction(state, matrix, i, a, aFrom, decay, rank);
                            }
                        }),
                new Hypothesis("corr from the decayed state", "math.md §4, step 6", "decayed the state first",
                        base -> new Changed(base) {
                            @Override
                            public double correction(double[] state, int matrix, int i, double[] a, int aFrom,
                                    double[] decay, int rank) {
                                return States.ofDecayed(state, matrix, i, a, aFrom, decay, rank);
                            }
                        }),
                new Hypothesis("corr from what is kept of the state", "math.md §4, step 6",
                        "applied keep and decay first", States.correctionFromKept()),
                new Hypothesis("rwkv_ms_erase_gate ignored", "math.md §4, step 6", "took it as 1",
                        base -> new Changed(base) {
                            @Override
                            public double erased(double eraseGate, double[] erase, double[] keep, double[] b,
                                    double correction, int i, int j) {
                                return base.erased(1, erase, keep, b, correction, i, j);
                            }
                        }),
                new Hypothesis("nothing erased", "math.md §4, step 6", "left the correction out",
                        base -> new Changed(base) {
                            @Override
                            public double erased(double eraseGate, double[] erase, double[] keep, double[] b,
                                    double correction, int i, int j) {
                                return 0;
                            }
                        }),
                new Hypothesis("no erase gate", "math.md §4, step 6", "left erase out", base -> new Changed(base) {
                    @Override
                    public double erased(double eraseGate, double[] erase, double[] keep, double[] b, double correction,
                            int i, int j) {
                        return eraseGate * correction * b[j];
                    }
                }),
                new Hypothesis("the state stored in float16", "math.md §4", "kept it in 16 bits",
                        base -> new Changed(base) {
                            @Override
                            public double stored(double value) {
                                return States.ofBits(value, 11, true);
                            }
                        }),
                new Hypothesis("the state cut to bfloat16", "math.md §4", "kept the upper half of each float",
                        base -> new Changed(base) {
                            @Override
                            public double stored(double value) {
                                return States.ofBits(value, 8, false);
                            }
                        }),
                new Hypothesis("the state rounded to bfloat16", "math.md §4", "kept it in 16 bits",
                        base -> new Changed(base) {
                            @Override
                            public double stored(double value) {
                                return States.ofBits(value, 8, true);
                            }
                        }));
    }
}
