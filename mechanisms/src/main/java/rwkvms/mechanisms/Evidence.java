package rwkvms.mechanisms;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs the parts of the experiment over many seeds and keeps the results in a folder as {@code <part>.csv}. It computes only
 * what is not there yet, and the first trial of each setting: if that differs from the file, the file is of another version and
 * everything is computed again.
 */
public final class Evidence {
    private final Path folder;
    private final int seeds;
    private final Consumer<String> progress;

    /** {@code progress} hears a few words at each trial, on any thread. */
    public Evidence(Path folder, int seeds, Consumer<String> progress) {
        this.folder = folder;
        this.seeds = seeds;
        this.progress = progress;
    }

    private record Trial(Setting setting, int seed) {
    }

    /** Every measurement of a part, settings in order, then seeds. */
    public List<Measurement> of(Part part) throws IOException {
        Path file = folder.resolve(part.label() + ".csv");
        Map<Trial, List<Measurement>> known = known(part, file);
        List<Trial> asked = part.settings().stream()
                .flatMap(setting -> IntStream.range(0, seeds).mapToObj(seed -> new Trial(setting, seed))).toList();
        boolean complete = known.keySet().containsAll(asked);
        List<Measurement> measured = asked.parallelStream().flatMap(trial -> {
            progress.accept(part.label() + " " + trial.setting.sizes() + ", seed " + trial.seed);
            List<Measurement> found = known.get(trial);
            return (found == null ? part.trial(trial.setting, trial.seed) : found).stream();
        }).toList();
        if (!complete) {
            Files.createDirectories(folder);
            // Keeps what was not asked for this time, so that a run of fewer seeds does not lose one of more.
            List<Trial> more = known.keySet().stream().filter(trial -> !asked.contains(trial)).toList();
            MeasurementFile.write(file, Stream.concat(measured.stream(),
                    more.stream().flatMap(trial -> known.getOrDefault(trial, List.of()).stream())).toList());
        }
        return measured;
    }

    private static Map<Trial, List<Measurement>> known(Part part, Path file) throws IOException {
        Map<Trial, List<Measurement>> known = new LinkedHashMap<>();
        if (Files.exists(file)) {
            for (Measurement one : MeasurementFile.read(file)) {
                known.computeIfAbsent(new Trial(one.setting(), one.seed()), none -> new ArrayList<>()).add(one);
            }
        }
        for (Setting setting : part.settings()) {
            List<Measurement> first = known.get(new Trial(setting, 0));
            if (first != null && !first.equals(part.trial(setting, 0))) {
                return Map.of();
            }
        }
        return known;
    }
}
