package rwkvms.reference;

/** Top-k over the read scores of one head (math.md §4, step 2). */
final class TopK {
    private TopK() {
    }

    /**
     * With {@code 0 < k < scores.length}, every score outside the k largest becomes the most negative finite float. Of equal
     * scores at the k-th place the lowest index stays (semantics.md).
     */
    static void mask(float[] scores, int k) {
        if (k <= 0 || k >= scores.length) {
            return;
        }
        boolean[] kept = new boolean[scores.length];
        for (int place = 0; place < k; place++) {
            int best = -1;
            for (int s = 0; s < scores.length; s++) {
                if (!kept[s] && (best < 0 || scores[s] > scores[best])) {
                    best = s;
                }
            }
            kept[best] = true;
        }
        for (int s = 0; s < scores.length; s++) {
            if (!kept[s]) {
                scores[s] = -Float.MAX_VALUE;
            }
        }
    }
}
