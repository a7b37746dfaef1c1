package rwkvms.child;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.WeakHashMap;

/**
 * Finds the processes that a child started and left behind. They are no longer its descendants, but have inherited a
 * variable from it. Only Linux shows that; elsewhere none are found.
 */
final class Descendants {
    private static final String VARIABLE = "GATE_CHILD";
    private static final Path PROCESSES = Path.of("/proc");
    /** How often processes are searched for: one that is killed may have started another just before. */
    private static final int ROUNDS = 20;
    private static final Map<Process, String> MARKS = Collections.synchronizedMap(new WeakHashMap<>());

    private Descendants() {
    }

    /** Starts a process with a mark that all its descendants have. */
    static Process start(ProcessBuilder builder) throws IOException {
        String mark = UUID.randomUUID().toString();
        builder.environment().put(VARIABLE, mark);
        Process process = builder.start();
        MARKS.put(process, mark);
        return process;
    }

    /** Kills all processes that have the mark of that process. */
    static void kill(Process process) {
        String mark = MARKS.get(process);
        for (int round = 0; round < ROUNDS && mark != null; round++) {
            List<ProcessHandle> marked = marked(VARIABLE + "=" + mark);
            if (marked.isEmpty()) {
                return;
            }
            marked.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static List<ProcessHandle> marked(String variable) {
        List<ProcessHandle> marked = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path each : all) {
                if (environment(each).contains(variable)) {
                    handle(each).ifPresent(marked::add);
                }
            }
        } catch (IOException | DirectoryIteratorException unknown) {
            return marked; // without the folder nothing is known
        }
        return marked;
    }

    private static Optional<ProcessHandle> handle(Path process) {
        return ProcessHandle.of(Long.parseLong(String.valueOf(process.getFileName())));
    }

    private static String environment(Path process) {
        // Half the time of Files.readString, which asks for sizes that these files do not have.
        try (FileInputStream in = new FileInputStream(process + "/environ")) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return ""; // or the process belongs to another user, and so not to us
        }
    }
}
