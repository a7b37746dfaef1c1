package rwkvms.conditioning;

/** Seeds derived from one seed. */
final class Seeds {
    /** The golden ratio, between whose multiples SplittableRandom takes its numbers. */
    static final long STRIDE = 0x9e3779b97f4a7c15L;

    private Seeds() {
    }

    /** Mixes as MurmurHash3 does at its end: generators whose seeds differ by a multiple of the stride would give the same numbers later. */
    static long of(long seed, long number) {
        long mixed = seed + STRIDE * (number + 1);
        mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
