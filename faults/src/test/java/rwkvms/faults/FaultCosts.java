package rwkvms.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What it costs to judge each fault, in seconds of one measured run: {@code fault-costs.csv}, the columns fault and seconds of that
 * run's {@code kill-matrix.csv}. Only {@link rwkvms.fixtures.testing.Shard}s of equal length depend on it, so that it may be old.
 */
final class FaultCosts {
    private static final String FILE = "fault-costs.csv";

    private final Map<String, Double> seconds;
    private final double mean;

    private FaultCosts(Map<String, Double> seconds) {
        this.seconds = Map.copyOf(seconds);
        this.mean = seconds.values().stream().mapToDouble(each -> each).average().orElse(1);
    }

    static FaultCosts read() throws IOException {
        Map<String, Double> seconds = new HashMap<>();
        try (InputStream in = FaultCosts.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IOException(FILE + ": not among the resources of the module faults");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            lines.lines().map(line -> line.split(",")).forEach(line -> seconds.put(line[0], Double.valueOf(line[1])));
        }
        return new FaultCosts(seconds);
    }

    /** In seconds; the mean for a fault that had not been written then. */
    double of(Fault fault) {
        return seconds.getOrDefault(fault.name(), mean);
    }
}
