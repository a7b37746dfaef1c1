package rwkvms.conditioning;

/** Seeds that follow from one. */
final class Seeds {
    private static final long STRIDE = 0x9e3779b97f4a7c15L;

    private Seeds() {
    }

    /** Mixed as MurmurHash3 ends, for generators whose seeds are apart by a multiple of the stride run after each other. */
    static long of(long seed, long number) {
        long mixed = seed + STRIDE * (number + 1);
        mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}
