package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the shards of a run found, read from the tables that each of them wrote. */
record ShardResults(List<Line> lines) {
    private static final int BEFORE_SUITES = 4;

    /** A row of a kill matrix. */
    record Line(String fault, String stage, boolean meantToDie, boolean killed, boolean localised) {
        static Line of(String text, Path file) throws IOException {
            int suites = Suite.values().length;
            String[] cells = text.split(",", BEFORE_SUITES + suites + 3);
            if (cells.length < BEFORE_SUITES + suites + 3) {
                throw new IOException(file + ": expected " + (BEFORE_SUITES + suites + 3) + " columns, found "
                        + cells.length + ": " + text);
            }
            boolean killed = Arrays.stream(cells, BEFORE_SUITES, BEFORE_SUITES + suites)
                    .anyMatch(word -> word.equals("failed") || word.equals("crashed"));
            return new Line(cells[0], cells[1], cells[3].equals(Fault.Expectation.KILLED.label()), killed,
                    cells[BEFORE_SUITES + suites].equals(cells[1]));
        }

        boolean asExpected() {
            return meantToDie == killed;
        }
    }

    /** The rows of all files of this name in a folder and those in it, in the order of the faults' names. */
    static ShardResults read(Path folder, String name) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (Path file : files(folder, name)) {
            for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
                lines.add(Line.of(line, file));
            }
        }
        lines.sort(Comparator.comparing(Line::fault));
        return new ShardResults(lines);
    }

    /** The lines of all files of this name. */
    static List<String> words(Path folder, String name) throws IOException {
        List<String> words = new ArrayList<>();
        for (Path file : files(folder, name)) {
            words.addAll(Files.readAllLines(file));
        }
        return words;
    }

    private static List<Path> files(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found = files.filter(file -> file.endsWith(name)).sorted().toList();
            if (found.isEmpty()) {
                throw new IOException(folder + ": expected the file " + name + " of each shard, found none");
            }
            return found;
        }
    }

    List<String> names() {
        return lines.stream().map(Line::fault).toList();
    }

    long meantToDie() {
        return lines.stream().filter(Line::meantToDie).count();
    }

    long kills() {
        return lines.stream().filter(line -> line.meantToDie() && line.killed()).count();
    }

    long localised() {
        return lines.stream().filter(line -> line.meantToDie() && line.killed() && line.localised()).count();
    }

    String summary() {
        return String.format(Locale.ROOT, "%d judged: %d of %d killed, stage named for %d", lines.size(), kills(),
                meantToDie(), localised());
    }
}
