package rwkvms.state.live;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.llama.ContextSettings;
import rwkvms.nativeruntime.NativeException;
import rwkvms.runtime.LayerState;

/**
 * A child process that works on saved sessions: {@code SessionChild <base> <sidecar> <task> …}. It prints its result on
 * standard output.
 */
final class SessionChild {
    /** Positions of the two sessions that {@code save} writes in turn. */
    static final List<Integer> SAVED_AT = List.of(5, 23);
    static final ContextSettings SETTINGS = ContextSettings.of(256);
    static final String SAVING = "saving";
    private static final String TAKEN = "taken";
    private static final int FLIP_AT = 13;
    private static final int FLIP_NOW = 17;

    private SessionChild() {
    }

    public static void main(String[] args) throws Exception {
        LiveModel.Engine engine = LiveModel.Engine.on(Optional.empty());
        try (LiveModel model = LiveModel.open(engine, Path.of(args[0]), Path.of(args[1]))) {
            switch (args[2]) {
                case "continue" -> System.out.println(continued(model, Path.of(args[3]), Integer.parseInt(args[4])));
                case "save" -> save(model, Path.of(args[3]));
                case "story" -> System.out.println(story(model));
                case "flip" -> flip(model, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
                default -> throw new IllegalArgumentException("task: expected continue, save, story or flip, found "
                        + args[2]);
            }
        }
    }

    /** Restores a file and goes on: hashes of the logits, one per token. */
    static String continued(LiveModel model, Path file, int end) {
        try (LiveSession session = model.session(SETTINGS)) {
            session.hook().loadFile(file, end);
            List<String> hashes = new ArrayList<>();
            while (session.position() < end) {
                session.continueTo(session.position() + 1);
                hashes.add(hash(session.lastLogits()));
            }
            return String.join(" ", hashes);
        }
    }

    private static String hash(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return HexFormat.of().formatHex(Sessions.sha256(bytes.array()), 0, 8);
    }

    /** Saves two sessions over the same file in turn until it is killed. */
    private static void save(LiveModel model, Path file) {
        try (LiveSession first = model.session(SETTINGS); LiveSession second = model.session(SETTINGS)) {
            first.continueTo(SAVED_AT.get(0));
            second.continueTo(SAVED_AT.get(1));
            first.hook().saveFile(file);
            System.out.println(SAVING);
            for (int i = 0; i < Integer.MAX_VALUE; i++) {
                (i % 2 == 0 ? second : first).hook().saveFile(file);
            }
        }
    }

    /** Hashes of all that a session gives out: logits, payload and session, before and after a restore. */
    static String story(LiveModel model) {
        try (LiveSession session = model.session(SETTINGS); LiveSession other = model.session(SETTINGS)) {
            session.continueTo(17);
            session.stepTo(24);
            other.continueTo(9);
            byte[] saved = session.hook().save(1, 2, 3);
            other.hook().load(saved);
            other.stepTo(29);
            return String.join(" ", hash(session.lastLogits()), hash(other.lastLogits()),
                    HexFormat.of().formatHex(Sessions.sha256(saved), 0, 8),
                    HexFormat.of().formatHex(Sessions.sha256(other.memory().saveState()), 0, 8),
                    HexFormat.of().formatHex(Sessions.sha256(other.hook().save()), 0, 8));
        }
    }

    /**
     * Flips one bit of llama.cpp's own part under seals that hold, which no check of ours can see, and prints for each flip
     * whether it was refused with nothing changed, or taken. The number is printed before the load, because the load may end
     * the process.
     */
    private static void flip(LiveModel model, int from, int to) {
        try (LiveSession session = model.session(SETTINGS)) {
            session.continueTo(FLIP_AT);
            Sessions parts = Sessions.parts(session.hook().save());
            session.stepTo(FLIP_NOW);
            byte[] now = session.hook().save();
            byte[] cache = session.context().state();
            SortedMap<Integer, LayerState> states = new TreeMap<>(session.states());
            for (int i = from; i < to; i++) {
                System.out.print(i + " ");
                System.out.flush();
                String outcome = tried(session, parts.withHost(flipped(parts.host(), i)).sealed(), cache, states);
                System.out.println(outcome);
                if (outcome.equals(TAKEN)) {
                    session.memory().clear();
                    session.hook().load(now);
                    cache = session.context().state();
                }
            }
        }
    }

    /** The first bits of the header in their order, then bits of all of it. */
    private static byte[] flipped(byte[] host, int number) {
        int headerBits = 40 * Byte.SIZE;
        int bit = number < headerBits ? number : new Random(number).nextInt(host.length * Byte.SIZE);
        return Sessions.flipped(host, bit);
    }

    private static String tried(LiveSession session, byte[] damaged, byte[] cache,
            SortedMap<Integer, LayerState> states) {
        try {
            session.hook().load(damaged);
            return TAKEN;
        } catch (NativeException refusal) {
            boolean same = Arrays.equals(session.context().state(), cache) && session.states().entrySet()
                    .stream().allMatch(entry -> states.get(entry.getKey()).sameBits(entry.getValue()));
            return same ? "refused " + refusal.code() : "CHANGED by " + refusal.getMessage();
        }
    }
}
