package rwkvms.live.health;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The lines that the server's log must have. This check itself causes two of them, which must be newer than its start:
 * the log of an older run does not pass.
 */
final class LogChecks {
    /** How much of the end of a log is read. */
    private static final long MAX_BYTES = 64L << 20;
    /** How long a log may lag behind the answers. If none of the lines is there, there is no waiting. */
    private static final Duration LATER = Duration.ofSeconds(2);
    private static final long BETWEEN_MILLIS = 100;

    private static final List<Needle> NEEDLES = List.of(
            new Needle("rwkv_ms_active", "RWKV-MS runtime is active", false),
            new Needle("constraint_warning", "RWKV-MS sidecar runtime is constrained", false),
            new Needle("one_slot", "n_slots = 1", false),
            new Needle("prompt_cache_disabled", "prompt cache is disabled", false),
            new Needle("ctx_checkpoints_disabled", "context checkpoints disabled", false),
            new Needle("warmup_disabled", "does not support warmup", false),
            new Needle("slot_save_restore_enabled", "slot save/restore is experimental", false),
            new Needle("exact_prefix_reuse", "RWKV-MS exact-prefix slot reuse", true),
            new Needle("transactional_restore_rollback", "rolled context state back", true));

    private final Path file;
    private final long before;
    private final Duration patience;

    /** A line to look for. */
    private record Needle(String name, String text, boolean fresh) {
    }

    LogChecks(Path file, Duration timeout) throws IOException {
        this.file = file;
        this.patience = timeout.compareTo(LATER) < 0 ? timeout : LATER;
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": expected a log that can be read again, found "
                    + (Files.exists(file) ? "no regular file" : "none"));
        }
        this.before = Files.size(file);
    }

    void needles(Facts facts) throws IOException {
        long begin = System.nanoTime();
        List<Needle> missing = missing();
        while (!missing.isEmpty() && missing.size() < NEEDLES.size()
                && System.nanoTime() - begin < patience.toNanos()) {
            pause();
            missing = missing();
        }
        facts.add("lines found", NEEDLES.size() - missing.size());
        Check.require(missing.isEmpty(), file + ": expected, found none of: " + missing.stream()
                .map(needle -> needle.name + " \"" + needle.text + "\""
                        + (needle.fresh ? " since the check began" : ""))
                .toList());
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted");
        }
    }

    private List<Needle> missing() throws IOException {
        long size = Files.size(file);
        String all = text(Math.max(0, size - MAX_BYTES), size);
        String fresh = size < before ? all : text(Math.max(before, size - MAX_BYTES), size);
        return NEEDLES.stream().filter(needle -> !(needle.fresh ? fresh : all).contains(needle.text)).toList();
    }

    private String text(long from, long to) throws IOException {
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            log.seek(from);
            byte[] bytes = new byte[(int) (to - from)];
            int read = 0;
            for (int n = 0; n >= 0 && read < bytes.length; read += Math.max(0, n)) {
                n = log.read(bytes, read, bytes.length - read);
            }
            return new String(bytes, 0, read, StandardCharsets.UTF_8);
        }
    }
}
