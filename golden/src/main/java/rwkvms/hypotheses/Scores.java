package rwkvms.hypotheses;

import java.util.Arrays;

/** Scores and routes of slots, of each head by itself. */
final class Scores {
    private Scores() {
    }

    /** All scores but the k largest of a head become {@code least}; of equal scores the first stays. */
    static double[] keepTop(double[] scores, int slots, int k, double least) {
        double[] kept = new double[scores.length];
        Arrays.fill(kept, least);
        for (int head = 0; head < scores.length; head += slots) {
            boolean[] taken = new boolean[slots];
            for (int place = 0; place < Math.min(k, slots); place++) {
                int best = -1;
                for (int s = 0; s < slots; s++) {
                    if (!taken[s] && (best < 0 || scores[head + s] > scores[head + best])) {
                        best = s;
                    }
                }
                taken[best] = true;
                kept[head + best] = scores[head + best];
            }
        }
        return kept;
    }

    static double[] softmax(double[] scores, int slots) {
        double[] routes = new double[scores.length];
        for (int head = 0; head < scores.length; head += slots) {
            double most = Arrays.stream(scores, head, head + slots).max().orElseThrow();
            double sum = 0;
            for (int s = head; s < head + slots; s++) {
                routes[s] = Math.exp(scores[s] - most);
                sum += routes[s];
            }
            for (int s = head; s < head + slots; s++) {
                routes[s] /= sum;
            }
        }
        return routes;
    }

    /** All scores but the k smallest of a head become {@code least}. */
    static double[] keepLowest(double[] scores, int slots, int k, double least) {
        double[] negated = keepTop(Vectors.each(scores, score -> -score), slots, k, -least);
        return Vectors.each(negated, score -> -score);
    }

    /** The same slots of every head: those whose mean over heads is among the k largest. */
    static double[] keepTopOfMean(double[] scores, int slots, int k, double least) {
        double[] mean = new double[slots];
        for (int i = 0; i < scores.length; i++) {
            mean[i % slots] += scores[i];
        }
        double[] top = keepTop(mean, slots, k, Double.NEGATIVE_INFINITY);
        double[] kept = new double[scores.length];
        Arrays.setAll(kept, i -> top[i % slots] == Double.NEGATIVE_INFINITY ? least : scores[i]);
        return kept;
    }

    /** Each slot with the route of its head's first. */
    static double[] ofFirstSlot(double[] routes, int slots) {
        double[] first = new double[routes.length];
        Arrays.setAll(first, i -> routes[i - i % slots]);
        return first;
    }

    static double cosine(double[] reads, int from, double[] r, int rFrom, int rank, double floorOfReads,
            double floorOfR) {
        return Vectors.dot(reads, from, r, rFrom, rank) / (Math.max(Vectors.norm(reads, from, rank), floorOfReads)
                * Math.max(Vectors.norm(r, rFrom, rank), floorOfR));
    }
}
