package rwkvms.mechanisms;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import rwkvms.file.FileFailure;
import rwkvms.file.WholeFile;

/** Measurements as comma-separated values, one per line, with every digit: read back, they are the same. */
final class MeasurementFile {
    private static final String HEADER = "experiment,segments,length,capacity,noise,gate,seed,tokens,policy,states,measure,value";
    private static final int COLUMNS = 12;

    private MeasurementFile() {
    }

    static void write(Path file, List<Measurement> measured) throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Measurement one : measured) {
            Setting setting = one.setting();
            text.append(String.join(",", setting.experiment().label(), "" + setting.segments(),
                    "" + setting.length(), "" + setting.capacity(), "" + setting.noise(), "" + setting.gate(),
                    "" + one.seed(), "" + one.tokens(), one.policy(), "" + one.states(), one.measure(),
                    "" + one.value())).append('\n');
        }
        WholeFile.writeText(file, text.toString());
    }

    /** {@link IOException} says which line is not one of this file's. */
    static List<Measurement> read(Path file) throws IOException {
        List<String> lines = FileFailure.reading(file, () -> Files.readAllLines(file));
        if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
            throw new IOException(file + ": expected the header " + HEADER + ", found "
                    + (lines.isEmpty() ? "an empty file" : lines.getFirst())
                    + "; delete the file to have it made again");
        }
        List<Measurement> measured = new ArrayList<>();
        for (int line = 1; line < lines.size(); line++) {
            measured.add(parsed(file, line + 1, lines.get(line)));
        }
        return measured;
    }

    private static Measurement parsed(Path file, int number, String line) throws IOException {
        String[] cells = line.split(",", -1);
        try {
            if (cells.length == COLUMNS) {
                Setting setting = new Setting(Experiment.valueOf(cells[0].toUpperCase(Locale.ROOT)),
                        Integer.parseInt(cells[1]), Integer.parseInt(cells[2]), Integer.parseInt(cells[3]),
                        Double.parseDouble(cells[4]), Double.parseDouble(cells[5]));
                return new Measurement(setting, Integer.parseInt(cells[6]), Integer.parseInt(cells[7]), cells[8],
                        Integer.parseInt(cells[9]), cells[10], Double.parseDouble(cells[11]));
            }
        } catch (IllegalArgumentException e) {
            throw refusal(file, number, line, e);
        }
        throw refusal(file, number, line, null);
    }

    private static IOException refusal(Path file, int number, String line, @Nullable Exception cause) {
        return new IOException(file + ", line " + number + ": expected a measurement, found " + line
                + "; delete the file to have it made again", cause);
    }
}
