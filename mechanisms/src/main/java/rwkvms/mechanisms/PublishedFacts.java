package rwkvms.mechanisms;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Published numbers that the repository carries as facts: comma-separated values beside this class, with their sources in
 * front.
 */
public final class PublishedFacts {
    private static final String COMMENT = "#";

    private PublishedFacts() {
    }

    /** The printed tables, one row per line, in the order of {@link Tables}. */
    public static List<String> tables() {
        return lines("tables.csv");
    }

    /** The 265 published values by trial. */
    public static Map<Trial, Double> trials() {
        Map<Trial, Double> values = new LinkedHashMap<>();
        rows("trials.csv").forEach(cells -> values.put(new Trial(cells[0], Integer.parseInt(cells[1]),
                Integer.parseInt(cells[2]), Integer.parseInt(cells[3]), Integer.parseInt(cells[4]), cells[5],
                Integer.parseInt(cells[6]), cells[7]), Double.valueOf(cells[8])));
        return values;
    }

    /** The integers of all 50 sequences, in the order of {@link Setting#published} and of the seeds. */
    static List<Sequence> sequences() {
        return rows("sequences.csv").map(cells -> new Sequence(cells[0], Integer.parseInt(cells[1]),
                Integer.parseInt(cells[2]), Integer.parseInt(cells[3]), Integer.parseInt(cells[4]),
                Integer.parseInt(cells[5]), Long.parseLong(cells[6]), integers(cells[7]), integers(cells[8]),
                integers(cells[9]), integers(cells[10]), integers(cells[11]), integers(cells[12]))).toList();
    }

    /** The trial and measure of one published value, with the integers published beside it. */
    public record Trial(String experiment, int segments, int capacity, int seed, int tokens, String policy, int states,
            String measure) {
        public static Trial of(Measurement measured) {
            Setting setting = measured.setting();
            return new Trial(setting.experiment().label(), setting.segments(), setting.capacity(), measured.seed(),
                    measured.tokens(), measured.policy(), measured.states(), measured.measure());
        }
    }

    /** Tokens, words of the generator, needles, and starts of blocks; empty lists if the experiment has none. */
    record Sequence(String experiment, int segments, int length, int capacity, int generatorSeed, int tokens,
            long words, List<Integer> needles, List<Integer> alg1, List<Integer> dla, List<Integer> fixed,
            List<Integer> noisyDla, List<Integer> lowKDla) {
    }

    private static List<Integer> integers(String text) {
        return text.isEmpty() ? List.of() : Arrays.stream(text.split(" ")).map(Integer::valueOf).toList();
    }

    private static Stream<String[]> rows(String file) {
        return lines(file).stream().skip(1).map(line -> line.split(",", -1));
    }

    private static List<String> lines(String file) {
        try (InputStream in = PublishedFacts.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing in the jar of rwkvms.mechanisms");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.startsWith(COMMENT)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }
}
