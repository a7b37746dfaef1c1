package rwkvms.live.health;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.state.StateDamage;
import rwkvms.state.StateView;

/**
 * Checks of saving and restoring the slot: it comes back as it was saved, and a damaged file is refused and changes
 * nothing. The files are damaged on disk, so this process must be able to read and write the server's slot folder.
 */
final class SlotChecks {
    private static final String PREFIX = "A reliable RWKV-MS slot prefix: alpha beta gamma.";
    private static final String CONTINUED = PREFIX + " Continue with one short sentence.";
    private static final String OTHER = "Completely different prompt to mutate the live RWKV-MS slot.";
    private static final String IDENTITY = "sidecar identity mismatch";
    private static final int FEW = 4;
    private static final int OTHER_SEED = 321;
    private static final int REFUSED = 400;
    private static final int SERVER_ERROR = 500;
    /** The maximum size of a slot file, which is damaged in memory; that of a short prompt is far smaller. */
    private static final long MAX_BYTES = 512L << 20;
    private static final int LONG_NAME = 4096;

    private final Optional<Path> folder;
    private final ServerClient client;
    private final String name;
    private final String escape;

    /** The size of a slot file in tokens and bytes. */
    private record SlotFileSize(long tokens, long bytes) {
    }

    /** A continuation, and how many tokens of its prompt were computed. */
    private record Continuation(String content, long computed) {
    }

    SlotChecks(Optional<Path> folder, ServerClient client, String id) {
        this.folder = folder;
        this.client = client;
        this.name = "rwkv-ms-health-" + id + ".bin";
        this.escape = "rwkv-ms-health-escape-" + id;
    }

    void saveAndRestore(Facts facts) throws IOException {
        Path file = slotFolder().resolve(name);
        try {
            SlotFileSize saved = saved(facts, file);
            byte[] bytes = bytes(file);
            damage(facts, StateDamage.FINGERPRINT, bytes, view(file, bytes));
            client.postRoot("/completion", RequestBodies.completion(OTHER, 1, OTHER_SEED)).json();
            restore(saved);
            Continuation continued = continued();
            facts.add("prompt_n", continued.computed);
            Check.require(continued.computed < saved.tokens, "completion after a restore: " + HealthCheck.PROMPT_N
                    + ": expected less than the " + saved.tokens + " tokens saved, found " + continued.computed);
            client.postRoot("/completion", RequestBodies.completion(OTHER, 1, OTHER_SEED)).json();
            hold();
            Check.requireSame("completion after a restore, beside one that was never saved", continued().content,
                    continued.content);
        } finally {
            delete();
        }
    }

    /** A restore refuses every kind of damage that needs no more knowledge of the file than its format. */
    void corruption(Facts facts) throws IOException {
        Path file = slotFolder().resolve(name);
        try {
            SlotFileSize saved = saved(facts, file);
            byte[] bytes = bytes(file);
            StateView view = view(file, bytes);
            restore(saved);
            Continuation expected = continued();
            int refused = 0;
            for (Map.Entry<String, byte[]> damaged : damaged(bytes, view).entrySet()) {
                restore(saved);
                refuse(damaged.getKey(), damaged.getValue());
                Continuation found = continued();
                Check.require(found.equals(expected), "completion after a refused restore (" + damaged.getKey()
                        + "): expected the slot as it was, found another: "
                        + Trace.difference(expected.content, found.content) + ", " + HealthCheck.PROMPT_N + " "
                        + found.computed + " instead of " + expected.computed);
                refused++;
            }
            facts.add("refused", refused);
        } finally {
            delete();
        }
    }

    private static Map<String, byte[]> damaged(byte[] bytes, StateView view) {
        Map<String, byte[]> damaged = new LinkedHashMap<>();
        for (StateDamage damage : StateDamage.values()) {
            damage.applyTo(bytes, view).ifPresent(copy -> damaged.put(damage.label(), copy));
        }
        damaged.put("the first half", Arrays.copyOf(bytes, bytes.length / 2));
        damaged.put("no bytes", new byte[0]);
        return damaged;
    }

    private Path slotFolder() throws IOException {
        Path found = folder.orElseThrow(() -> new Check.NotGivenException("not given: --slot-save-path"));
        if (!Files.isDirectory(found)) {
            throw new IOException(found + ": expected the server's slot folder, found none");
        }
        return found;
    }

    private SlotFileSize saved(Facts facts, Path file) throws IOException {
        hold();
        Reply reply = client.postRoot("/slots/0?action=save", RequestBodies.file(name));
        SlotFileSize saved = new SlotFileSize(reply.whole("n_saved"), reply.whole("n_written"));
        facts.add("n_saved", saved.tokens);
        facts.add("n_written", saved.bytes);
        Check.require(saved.bytes > 0, "save: n_written: expected more than 0, found " + saved.bytes);
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": expected the file that the server saved, found none; is --slot-save-path "
                    + "the server's own?");
        }
        return saved;
    }

    /** Makes the slot hold the prefix and nothing else. */
    private void hold() {
        client.postRoot("/completion", RequestBodies.continuing(PREFIX, 0)).json();
    }

    private static byte[] bytes(Path file) throws IOException {
        long size = Files.size(file);
        Check.require(size <= MAX_BYTES, file + ": expected at most " + MAX_BYTES + " bytes, found " + size);
        return Files.readAllBytes(file);
    }

    private static StateView view(Path file, byte[] bytes) {
        return StateView.find(MemorySegment.ofArray(bytes)).orElseThrow(() -> new ServerException(
                file + ": expected a state payload (RMVS, version 2) in the saved slot, found none"));
    }

    private void damage(Facts facts, StateDamage damage, byte[] bytes, StateView view) throws IOException {
        byte[] copy = damage.applyTo(bytes, view).orElseThrow();
        facts.add("payload at byte", view.offset());
        refuse(damage.label(), copy);
    }

    private void refuse(String what, byte[] bytes) throws IOException {
        Files.write(slotFolder().resolve(name + ".bad"), bytes);
        Reply reply = client.postRoot("/slots/0?action=restore", RequestBodies.file(name + ".bad"));
        Check.require(reply.status() == REFUSED, "restore of a damaged file (" + what + "): expected HTTP 400, found "
                + reply.status() + ": " + Reply.shown(reply.body()));
        Check.require(!what.equals(StateDamage.FINGERPRINT.label()) || reply.body().contains(IDENTITY),
                "restore of a file with another fingerprint: expected \"" + IDENTITY + "\", found "
                        + Reply.shown(reply.body()));
    }

    private void restore(SlotFileSize saved) {
        Reply reply = client.postRoot("/slots/0?action=restore", RequestBodies.file(name));
        SlotFileSize restored = new SlotFileSize(reply.whole("n_restored"), reply.whole("n_read"));
        Check.require(restored.equals(saved), "restore: expected the " + saved.tokens + " tokens and " + saved.bytes
                + " bytes saved, found " + restored.tokens + " and " + restored.bytes);
    }

    private Continuation continued() {
        Reply reply = client.postRoot("/completion", RequestBodies.continuing(CONTINUED, FEW));
        return new Continuation(reply.text("content"), reply.whole(HealthCheck.PROMPT_N));
    }

    /** Names that lead out of the slot folder, or nowhere, are refused as the client's mistake. */
    void names(Facts facts) throws IOException {
        List<String> names = List.of("../" + escape, "a/../../" + escape, "/tmp/" + escape, "..\\" + escape, "..", ".",
                "", escape + "\u0000.bin", "n".repeat(LONG_NAME));
        int refused = 0;
        for (String tried : names) {
            for (String action : List.of("save", "restore")) {
                Reply reply = client.postRoot("/slots/0?action=" + action, RequestBodies.file(tried));
                Check.require(reply.status() >= REFUSED && reply.status() < SERVER_ERROR, action + " of a file named \""
                        + Reply.shown(tried) + "\": expected HTTP 4xx, found " + reply.status());
                refused++;
            }
        }
        facts.add("refused", refused);
        if (folder.isPresent()) {
            Path above = folder.get().toAbsolutePath().normalize().resolveSibling(escape);
            Check.require(!Files.exists(above), above + ": expected nothing outside the slot folder, found a file");
        }
    }

    private void delete() throws IOException {
        Path found = slotFolder();
        Files.deleteIfExists(found.resolve(name));
        Files.deleteIfExists(found.resolve(name + ".bad"));
    }
}
