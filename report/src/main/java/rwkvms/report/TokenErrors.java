package rwkvms.report;

import java.util.List;

/**
 * One line of {@link ErrorPlot#byToken}.
 *
 * @param tensor the tensor's name as in math.md
 * @param maxAbsDiff for each token, from token 0, the largest absolute difference of its elements, 0 or more
 */
public record TokenErrors(String tensor, List<Double> maxAbsDiff) {
    public TokenErrors {
        maxAbsDiff = List.copyOf(maxAbsDiff);
        for (int token = 0; token < maxAbsDiff.size(); token++) {
            if (!(maxAbsDiff.get(token) >= 0)) {
                throw new IllegalArgumentException(tensor + ": the error of token " + token
                        + " must be 0 or more, found " + maxAbsDiff.get(token));
            }
        }
    }
}
