package rwkvms.parity.sidecar;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.GgmlException;
import rwkvms.ggml.GgufHeader;
import rwkvms.nativeruntime.NativeRuntime;

/**
 * The child process: {@code ReaderRun <list> <first line> <first step>}. Each line of the list is the path of a
 * sidecar, followed by a tab and the path of its base if there is one. The process prints {@code BEGIN}, the number of the line
 * and the step before each step, and {@code END} with {@code ACCEPTS}, or {@code REFUSES} and the message, after it.
 */
public final class ReaderRun {
    static final String BEGIN = "BEGIN";
    static final String END = "END";
    static final String ACCEPTS = "ACCEPTS";
    static final String REFUSES = "REFUSES";

    private final Ggml ggml = Ggml.open();
    private final NativeRuntime runtime = NativeRuntime.open();

    private ReaderRun() {
    }

    public static void main(String[] args) throws Exception {
        ReaderRun run = new ReaderRun();
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        ReaderStep first = ReaderStep.valueOf(args[2]);
        for (int line = Integer.parseInt(args[1]); line < lines.size(); line++) {
            boolean taken = first != ReaderStep.GGML_DATA; // the child before took the header, then ended at the data
            for (ReaderStep step : ReaderStep.values()) {
                if (step.compareTo(first) >= 0 && !(step == ReaderStep.GGML_DATA && !taken)) {
                    System.out.println(BEGIN + " " + line + " " + step);
                    String said = run.step(step, lines.get(line).split("\t", -1));
                    taken = said.equals(ACCEPTS);
                    System.out.println(END + " " + said);
                }
            }
            first = ReaderStep.GGML_HEADER;
        }
        run.runtime.close();
    }

    private String step(ReaderStep step, String[] paths) {
        Path file = Path.of(paths[0]);
        try {
            switch (step) {
                case GGML_HEADER -> GgufHeader.open(ggml, file).close();
                case GGML_DATA -> GgufHeader.readData(ggml, file);
                case CPP -> {
                    Optional<Path> base = paths.length > 1 ? Optional.of(Path.of(paths[1])) : Optional.empty();
                    NativeRuntime.Opening opening = runtime.tryOpen(file, base);
                    if (!opening.text().isEmpty()) {
                        return REFUSES + " " + opening.status() + " " + opening.text().replace('\n', ' ');
                    }
                }
            }
            return ACCEPTS;
        } catch (GgmlException refused) {
            return REFUSES + " " + String.valueOf(refused.getMessage()).replace('\n', ' ');
        }
    }
}
