package rwkvms.live.server;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Chooses the next token from logits: penalties, top-k, top-p, min-p, temperature, one draw. It computes in double and
 * puts the lower id first among equal logits, so the same logits, settings and history give the same token everywhere.
 */
final class Sampler {
    private final Sampling settings;
    private final SplittableRandom random;

    /** A candidate and its logit. */
    private record Candidate(int token, double logit) {
    }

    Sampler(Sampling settings) {
        this.settings = settings;
        this.random = new SplittableRandom(settings.seed());
    }

    /** @param history the tokens before it, of which the last ones count */
    int next(float[] logits, List<Integer> history) {
        double[] penalized = penalize(logits, history);
        if (settings.greedy()) {
            return largest(penalized);
        }
        int max = settings.topK() <= 0 ? penalized.length : Math.min(settings.topK(), penalized.length);
        List<Candidate> candidates = IntStream.range(0, penalized.length)
                .mapToObj(token -> new Candidate(token, penalized[token]))
                .sorted(Comparator.comparingDouble(Candidate::logit).reversed().thenComparingInt(Candidate::token))
                .limit(max).toList();
        return draw(candidates);
    }

    private double[] penalize(float[] logits, List<Integer> history) {
        double[] penalized = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            penalized[i] = logits[i];
        }
        Penalties penalties = settings.penalties();
        if (!penalties.none()) {
            recent(history, penalties.last())
                    .forEach((token, count) -> penalized[token] = penalized(penalized[token], count, penalties));
        }
        return penalized;
    }

    /** The recent tokens, and how often each occurs. */
    private static Map<Integer, Long> recent(List<Integer> history, int last) {
        int from = last < 0 ? 0 : Math.max(0, history.size() - last);
        return history.subList(from, history.size()).stream()
                .collect(Collectors.groupingBy(token -> token, Collectors.counting()));
    }

    private static double penalized(double logit, long count, Penalties penalties) {
        double repeated = logit > 0 ? logit / penalties.repeat() : logit * penalties.repeat();
        return repeated - count * penalties.frequency() - penalties.presence();
    }

    private static int largest(double[] logits) {
        int largest = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[largest]) {
                largest = i;
            }
        }
        return largest;
    }

    /**
     * Draws one of the candidates, which come in falling order: the fewest that have the share top-p together, of these
     * those that min-p leaves, then one by its probability at the temperature.
     */
    private int draw(List<Candidate> candidates) {
        double[] shares = softmax(candidates, 1);
        int kept = 0;
        double sum = 0;
        while (kept < shares.length && (kept == 0 || sum < settings.topP())) {
            sum += shares[kept++];
        }
        while (kept > 1 && shares[kept - 1] < settings.minP() * shares[0]) {
            kept--;
        }
        double[] weights = softmax(candidates.subList(0, kept), settings.temperature());
        double point = random.nextDouble();
        for (int i = 0; i < kept - 1; i++) {
            point -= weights[i];
            if (point < 0) {
                return candidates.get(i).token();
            }
        }
        return candidates.get(kept - 1).token();
    }

    private static double[] softmax(List<Candidate> candidates, double temperature) {
        double largest = candidates.getFirst().logit();
        double[] weights = candidates.stream()
                .mapToDouble(candidate -> Math.exp((candidate.logit() - largest) / temperature)).toArray();
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }
}
