package rwkvms.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import rwkvms.parity.LengthErrors.Share;
import rwkvms.sidecar.Sidecar;

/**
 * Runs the benchmarks with JMH's options and writes a table as JSON and as text: for each number of tokens the tokens per second
 * of each runtime, its time divided by that of the bare products of the same run, and its error: the largest share of the
 * tolerance that a value needs. {@code errors.txt} has the errors of each tensor at more lengths.
 *
 * <p>usage: {@code BenchmarkTable FOLDER [options of JMH]}
 */
public final class BenchmarkTable {
    private static final String BARE = "bareProducts";
    private static final double MICROSECONDS = 1e6;

    /**
     * One measurement: mean time of a call in microseconds, the half width of its 99.9% interval, and what a runtime's error
     * has of the tolerance.
     */
    record Row(String what, int tokens, double microseconds, double error, double tokensPerSecond, double overBare,
            @Nullable Share ofTolerance) {
        static Row of(RunResult result, double bare, Map<String, Share> errors) {
            double microseconds = result.getPrimaryResult().getScore();
            int tokens = BenchmarkTable.tokens(result);
            String what = BenchmarkTable.what(result);
            return new Row(what, tokens, microseconds, result.getPrimaryResult().getScoreError(),
                    tokens * MICROSECONDS / microseconds, microseconds / bare, errors.get(what));
        }

        String line() {
            return String.format(Locale.ROOT, "%6d  %-12s %12.1f ± %10.1f %12.0f %9.2f %16s %16s", tokens, what,
                    microseconds, error, tokensPerSecond, overBare,
                    ofTolerance == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * ofTolerance.largest()),
                    ofTolerance == null ? "-" : ofTolerance.over() + " of " + ofTolerance.values());
        }
    }

    private BenchmarkTable() {
    }

    public static void main(String[] args) throws Exception {
        Path folder = Files.createDirectories(Path.of(args[0]));
        String[] options = new String[args.length - 1];
        System.arraycopy(args, 1, options, 0, options.length);
        Collection<RunResult> results = new Runner(new CommandLineOptions(options)).run();
        try (Sidecar sidecar = BenchCase.open(); ErrorSweep errors = new ErrorSweep(sidecar)) {
            List<Row> rows = rows(results, errors);
            List<String> lines = new ArrayList<>();
            lines.add("tokens  what            us per call        error     tokens/s    / bare     of tolerance"
                    + "           beyond");
            rows.forEach(row -> lines.add(row.line()));
            Files.write(folder.resolve("bench.txt"), lines);
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(folder.resolve("bench.json").toFile(), rows);
            lines.forEach(IO::println);
            Files.write(folder.resolve("errors.txt"), errors.lines());
        }
    }

    /** Rows by number of tokens, then by name; ratios are NaN if the bare products of that number were not run. */
    private static List<Row> rows(Collection<RunResult> results, ErrorSweep errors) {
        Map<Integer, Double> bare = new TreeMap<>();
        for (RunResult result : results) {
            if (what(result).equals(BARE)) {
                bare.put(tokens(result), result.getPrimaryResult().getScore());
            }
        }
        Map<Integer, Map<String, Share>> shares = new TreeMap<>();
        results.forEach(result -> shares.computeIfAbsent(tokens(result), errors::ofBenchmark));
        return results.stream()
                .map(result -> Row.of(result, bare.getOrDefault(tokens(result), Double.NaN),
                        shares.getOrDefault(tokens(result), Map.of())))
                .sorted(Comparator.comparingInt(Row::tokens).thenComparing(Row::what)).toList();
    }

    private static String what(RunResult result) {
        String name = result.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static int tokens(RunResult result) {
        return Integer.parseInt(result.getParams().getParam("tokens"));
    }
}
