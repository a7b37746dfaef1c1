package rwkvms.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs the benchmarks with JMH's options and writes a table as JSON and as text: for each number of tokens the tokens per second
 * of each runtime, and its time divided by that of the bare products of the same run.
 *
 * <p>usage: {@code BenchmarkTable FOLDER [options of JMH]}
 */
public final class BenchmarkTable {
    private static final String BARE = "bareProducts";
    private static final double MICROSECONDS = 1e6;

    /** One measurement: mean time of a call in microseconds and the half width of its 99.9% interval. */
    record Row(String what, int tokens, double microseconds, double error, double tokensPerSecond, double overBare) {
        static Row of(String what, int tokens, double microseconds, double error, double bare) {
            return new Row(what, tokens, microseconds, error, tokens * MICROSECONDS / microseconds,
                    microseconds / bare);
        }

        String line() {
            return String.format(Locale.ROOT, "%6d  %-12s %12.1f ± %10.1f %12.0f %9.2f", tokens, what, microseconds,
                    error, tokensPerSecond, overBare);
        }
    }

    private BenchmarkTable() {
    }

    public static void main(String[] args) throws RunnerException, CommandLineOptionException, IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        String[] options = new String[args.length - 1];
        System.arraycopy(args, 1, options, 0, options.length);
        List<Row> rows = rows(new Runner(new CommandLineOptions(options)).run());
        List<String> lines = new ArrayList<>();
        lines.add("tokens  what            us per call        error     tokens/s  / bare");
        rows.forEach(row -> lines.add(row.line()));
        Files.write(folder.resolve("bench.txt"), lines);
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(folder.resolve("bench.json").toFile(),
                rows);
        lines.forEach(IO::println);
    }

    /** Rows by number of tokens, then by name; ratios are NaN if the bare products of that number were not run. */
    private static List<Row> rows(Collection<RunResult> results) {
        Map<Integer, Double> bare = new TreeMap<>();
        for (RunResult result : results) {
            if (what(result).equals(BARE)) {
                bare.put(tokens(result), result.getPrimaryResult().getScore());
            }
        }
        return results.stream()
                .map(result -> Row.of(what(result), tokens(result), result.getPrimaryResult().getScore(),
                        result.getPrimaryResult().getScoreError(), bare.getOrDefault(tokens(result), Double.NaN)))
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
