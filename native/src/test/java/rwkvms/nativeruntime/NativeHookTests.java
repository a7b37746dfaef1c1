package rwkvms.nativeruntime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.ggml.Ggml;
import rwkvms.llama.ContextSettings.Hook;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.LlamaException;
import rwkvms.llama.LlamaModel;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.llama.WorkPlace;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Tensor;

/** The hook and sessions inside an unmodified llama.cpp, on a tiny Gemma4. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before each test
class NativeHookTests {
    private static final List<Integer> LAYERS = List.of(0, 2, 5);
    private static final int SIZE = 256;
    private static final int PROMPT = 20;
    private static final int MICROBATCH = 7;
    private static final double TOLERANCE = 1e-5;
    private static final int HASH = 32;
    private static final int PAYLOAD = 40;

    @TempDir
    private static Path folder;

    private Path base;
    private NativeRuntime runtime;
    private LlamaModel model;
    private NativeMemory memory;
    private SyntheticSidecar sizes;

    @BeforeAll
    void open() throws Exception {
        base = folder.resolve("tiny.gguf");
        TinyGemma4.write(base, Gemma4Sizes.tiny(), 11);
        sizes = TinySidecar.of(base, Gemma4Sizes.tiny(), LAYERS).with(config -> config.withChunkSize(9));
        runtime = NativeRuntime.open();
        model = Llama.open(Ggml.open()).load(base);
        memory = memory(sizes);
    }

    @AfterAll
    void close() {
        memory.close();
        model.close();
        runtime.close();
    }

    private NativeMemory memory(SyntheticSidecar of) throws Exception {
        Path file = Files.createTempFile(folder, "sidecar", ".gguf");
        SidecarWriter.write(file, of.draft(3), true);
        return runtime.load(MemoryModel.of(SidecarReader.open(file)));
    }

    /** A session inside a llama.cpp context. */
    private final class Live implements AutoCloseable {
        final NativeSession session;
        final NativeHook hook;
        final LlamaContext llama;

        Live(NativeMemory of) {
            this(of, model, ContextSettings.of(SIZE).withMicrobatch(MICROBATCH));
        }

        Live(NativeMemory of, LlamaModel in, ContextSettings settings) {
            session = of.newSession();
            hook = session.hook();
            llama = in.newContext(settings.withHook(new Hook(hook.callback(), hook.handle())));
        }

        Live attached() {
            hook.attach(llama.handle(), Optional.of(base));
            return this;
        }

        float[] decode(int position, int count) {
            llama.decode(position, tokens(position, count));
            hook.check();
            return llama.lastLogits();
        }

        @Override
        public void close() {
            hook.detach();
            llama.close();
            hook.close();
            session.close();
        }
    }

    private static int[] tokens(int from, int count) {
        return IntStream.range(from, from + count).map(i -> i * 31 % Gemma4Sizes.tiny().vocabulary()).toArray();
    }

    private static void refused(ThrowingCallable call, String name, String text) {
        assertThatExceptionOfType(NativeException.class).isThrownBy(call).withMessageContaining(name + " (")
                .withMessageContaining(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qo", "qkvo", "k", ""})
    void deltasOfTheMemoryAreAddedToTheProjections(String heads) throws Exception {
        SyntheticSidecar of = sizes.with(config -> config.withDeltaHeads(Arrays.stream(DeltaHead.values())
                .filter(head -> heads.contains(head.label())).collect(Collectors.toSet())));
        try (NativeMemory loaded = memory(of);
                Live live = new Live(loaded).attached();
                NativeSession alone = loaded.newSession();
                LlamaContext bare = model.newContext(ContextSettings.of(SIZE).withMicrobatch(MICROBATCH))) {
            live.hook.capture(SIZE);
            bare.decode(0, tokens(0, PROMPT));
            float[] logits = live.decode(0, PROMPT);
            assertThat(Arrays.equals(logits, bare.lastLogits())).isEqualTo(heads.isEmpty());
            for (int i = 0; i < 5; i++) {
                live.decode(PROMPT + i, 1);
            }
            int tokens = PROMPT + 5;
            for (int layer : LAYERS) {
                Tensor hidden = live.hook.captured(layer, "hidden");
                assertThat(hidden.shape().toString()).isEqualTo("[" + tokens + ", 64]");
                TensorSet expected = alone.forward(layer, ForwardInput.of(hidden).withTaps(Taps.DELTAS));
                for (DeltaHead head : of.config().deltaHeads()) {
                    Tensor delta = live.hook.captured(layer, "delta_" + head.label());
                    MathTensor name = head.delta();
                    assertThat(maxDifference(delta, expected.get(name))).isLessThan(TOLERANCE);
                    Tensor before = live.hook.captured(layer, "before_" + head.label());
                    Tensor after = live.hook.captured(layer, "after_" + head.label());
                    for (int i = 0; i < delta.count(); i++) {
                        assertThat((float) after.at(i)).isEqualTo((float) before.at(i) + (float) delta.at(i));
                    }
                }
                assertThat(live.hook.counts(layer)).isEqualTo(new NativeHook.Counts(8, tokens,
                        heads.contains("q") ? tokens : 0, heads.contains("k") ? tokens : 0,
                        heads.contains("v") ? tokens : 0, heads.contains("o") ? tokens : 0));
                assertThat(live.session.state(layer).position()).isEqualTo(tokens);
            }
            assertThat(WorkPlace.contradictions(model, live.hook, LAYERS)).isEmpty();
        }
    }

    private static double maxDifference(Tensor a, Tensor b) {
        return IntStream.range(0, a.count()).mapToDouble(i -> Math.abs(a.at(i) - b.at(i)))
                .max().orElseThrow();
    }

    @Test
    void zeroDeltasLeaveTheLogitsBitIdentical() throws Exception {
        try (NativeMemory zero = memory(sizes.withZeroDelta(true));
                Live live = new Live(zero).attached();
                LlamaContext bare = model.newContext(ContextSettings.of(SIZE).withMicrobatch(MICROBATCH))) {
            bare.decode(0, tokens(0, PROMPT));
            assertThat(live.decode(0, PROMPT)).isEqualTo(bare.lastLogits());
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAtAttach() throws Exception {
        try (Live two = new Live(memory, model, ContextSettings.of(2 * SIZE).withSequences(2))) {
            refused(two::attached, "RWKV_MS_E_SEQUENCES",
                    "llama_context: n_seq_max: expected 1, found 2: the memory holds one sequence");
        }
        try (NativeMemory wide = memory(sizes.with(config -> config.withHiddenSize(32))); Live live = new Live(wide)) {
            refused(live::attached, "RWKV_MS_E_HOST_HIDDEN_SIZE",
                    "model: hidden size: expected 32 as the sidecar has, found 64");
        }
        try (NativeMemory deep = memory(sizes.withLayers(shifted(1))); Live live = new Live(deep)) {
            refused(live::attached, "RWKV_MS_E_HOST_LAYERS",
                    "model: expected more than 6 layers as the sidecar's target layers need, found 6");
        }
        try (NativeMemory other = memory(sizes.withBase("other.gguf", "5".repeat(64))); Live live = new Live(other)) {
            refused(live::attached, "RWKV_MS_E_BASE_SHA256_DIFFERS", base + ": SHA-256: expected 5555");
            refused(() -> live.hook.attach(live.llama.handle(), Optional.empty()), "RWKV_MS_E_BASE_SHA256_DIFFERS",
                    "base_path: expected the model's file, found NULL");
        }
        try (NativeMemory swapped = memory(sizes.withLayers(shifted(-2))); Live live = new Live(swapped)) {
            refused(live::attached, "RWKV_MS_E_HOST_WIDTH",
                    "tensor 'blk.0.attn_q.weight': expected 128 rows as the sidecar's delta has, found 64");
        }
        try (Live late = new Live(memory)) {
            late.llama.decode(0, tokens(0, 3));
            refused(late::attached, "RWKV_MS_E_HOST_STEP",
                    "llama.cpp's memory: expected 0 positions as the context has, found 3");
            late.llama.memory().clear(true);
            late.attached().decode(0, 3);
            refused(late::attached, "RWKV_MS_E_ATTACHED", "expected a hook and a context that are not attached");
        }
    }

    private SortedMap<Integer, AttentionWidths> shifted(int by) {
        var layers = new TreeMap<Integer, AttentionWidths>();
        sizes.layers().tailMap(2).forEach((layer, widths) -> layers.put(layer + by, widths));
        return layers;
    }

    @Test
    void sharedKeyLayersAreRefused() throws Exception {
        Path file = folder.resolve("shared.gguf");
        Gemma4Sizes shared = Gemma4Sizes.tiny().withSharedTail(3);
        TinyGemma4.write(file, shared, 11);
        try (LlamaModel tail = Llama.open(Ggml.open()).load(file);
                NativeMemory of = memory(TinySidecar.of(file, shared, LAYERS));
                Live live = new Live(of, tail, ContextSettings.of(SIZE))) {
            refused(() -> live.hook.attach(live.llama.handle(), Optional.of(file)), "RWKV_MS_E_HOST_LAYERS",
                    "model: layer 5: expected a layer with keys and values of its own, found one of the last 3 of 6");
        }
    }

    @Test
    void memoryChangedBehindTheHookStopsTheDecode() {
        try (Live live = new Live(memory).attached()) {
            live.decode(0, PROMPT);
            byte[] before = live.session.saveState();
            assertThat(live.llama.memory().remove(0, PROMPT - 4, -1)).isTrue();
            refused(live.hook::check, "RWKV_MS_E_HOST_STEP",
                    "llama.cpp's memory: expected 20 positions as the context has, found 16");
            assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> live.decode(PROMPT - 4, 2))
                    .withMessageContaining("expected 0, found 2");
            String text = "microbatch of 2 tokens: expected it to begin at position 20, where the context stands, found 16";
            refused(live.hook::check, "RWKV_MS_E_HOST_STEP", text);
            refused(live.session::saveState, "RWKV_MS_E_HOST_STEP", text);
            refused(() -> live.hook.save(), "RWKV_MS_E_HOST_STEP", text);
            assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> live.decode(PROMPT - 4, 2));
            live.session.clear();
            live.decode(0, PROMPT);
            assertThat(live.session.saveState()).isEqualTo(before);
        }
    }

    @Test
    void hostMemoryActsOnBothSides() {
        try (Live live = new Live(memory).attached()) {
            float[] logits = live.decode(0, PROMPT);
            byte[] before = live.session.saveState();
            refused(() -> live.session.remove(0, 3, -1), "RWKV_MS_E_MUTATION", "positions 3 to 20 of 0 to 20");
            refused(() -> live.session.shift(0, 0, -1, 1), "RWKV_MS_E_MUTATION", "rwkv_ms_memory_seq_add");
            refused(live.session::reset, "RWKV_MS_E_ATTACHED", "rwkv_ms_memory_clear resets both sides");
            assertThat(live.llama.memory().lastPosition(0)).isEqualTo(PROMPT - 1);
            assertThat(live.session.saveState()).isEqualTo(before);
            live.session.remove(-1, 0, PROMPT);
            assertThat(live.llama.memory().lastPosition(0)).isEqualTo(-1);
            assertThat(live.decode(0, PROMPT)).isEqualTo(logits);
        }
    }

    @Test
    void sessionContinuesBitForBit() throws Exception {
        Path file = folder.resolve("session.bin");
        try (Live through = new Live(memory).attached(); Live other = new Live(memory).attached()) {
            other.decode(0, 3);
            for (int at = 0; at < 24; at++) {
                byte[] saved = through.hook.save(tokens(0, at));
                assertThat(other.hook.load(saved)).isEqualTo(tokens(0, at));
                assertThat(other.hook.save(tokens(0, at))).isEqualTo(saved);
                assertThat(through.decode(at, 1)).isEqualTo(other.decode(at, 1));
            }
            through.hook.saveFile(file, 7, 8);
            assertThat(other.hook.loadFile(file, 2)).containsExactly(7, 8);
            assertThat(Files.readAllBytes(file)).isEqualTo(through.hook.save(7, 8));
            refused(() -> other.hook.loadFile(file, 1), "RWKV_MS_E_SHORT_BUFFER",
                    "tokens: expected room for at least 2 elements, found 1");
            assertThat(folder.toFile().list((dir, name) -> name.endsWith(".tmp"))).isEmpty();
        }
    }

    @Test
    void refusedSessionsChangeNothing() throws Exception {
        try (Live live = new Live(memory).attached(); Live other = new Live(memory).attached()) {
            live.decode(0, PROMPT);
            other.decode(0, 9);
            byte[] good = other.hook.save(1, 2, 3);
            byte[] before = live.hook.save();
            int payload = live.session.saveState().length;
            int host = PAYLOAD + payload + 3 * Integer.BYTES;
            record Case(byte[] session, String name, String text) {
            }
            for (Case one : List.of(
                    new Case(with(good, 0, 'X'), "SESSION_MAGIC", "magic at offset 0: expected 524d5343 (RMSC)"),
                    new Case(with(good, 4, 2), "SESSION_VERSION", "version at offset 4: expected 1, found 2"),
                    new Case(with(good, 8, 1), "SESSION_LENGTH", "found " + good.length),
                    new Case(with(good, 31, 0x40), "SESSION_LENGTH", "token ids: expected at most "),
                    new Case(with(good, 39, 0x80), "SESSION_LENGTH", "bytes of llama.cpp's state: expected at most "),
                    new Case(with(good, PAYLOAD, 'X'), "STATE_MAGIC", "state payload: magic"),
                    new Case(with(good, PAYLOAD + 28, good[PAYLOAD + 28] ^ 1), "STATE_FINGERPRINT",
                            "sidecar identity mismatch"),
                    new Case(with(good, PAYLOAD + 70, 1), "STATE_CHECKSUM", "SHA-256"),
                    new Case(with(good, host, good[host] ^ 1), "SESSION_CHECKSUM", "SHA-256"),
                    new Case(Arrays.copyOf(good, good.length - 1), "SESSION_LENGTH", "expected " + good.length),
                    new Case(Arrays.copyOf(good, good.length + 1), "SESSION_LENGTH", "expected " + good.length),
                    new Case(cut(good, 1), "HOST_STATE", "bytes taken, found 0"),
                    new Case(cut(good, good.length / 2), "HOST_STATE", "bytes taken, found 0"),
                    new Case(otherPayload(good, live.session.saveState()), "HOST_STEP",
                            "llama.cpp's memory: expected 20 positions as the payload has, found 9"))) {
                refused(() -> live.hook.load(one.session()), "RWKV_MS_E_" + one.name(), one.text());
                assertThat(live.hook.save()).isEqualTo(before);
            }
            for (int length = 0; length < good.length; length += 97) {
                byte[] part = Arrays.copyOf(good, length);
                refused(() -> live.hook.load(part), "RWKV_MS_E_SESSION_LENGTH", "session: ");
            }
            try (Live fresh = new Live(memory).attached()) {
                fresh.decode(0, PROMPT);
                assertThat(live.decode(PROMPT, 1)).isEqualTo(fresh.decode(PROMPT, 1));
            }
            assertThat(live.hook.load(good)).containsExactly(1, 2, 3);
        }
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] copy = bytes.clone();
        copy[at] = (byte) value;
        return copy;
    }

    /** An otherwise valid session without the last bytes of llama.cpp's state. */
    private static byte[] cut(byte[] session, int bytes) throws Exception {
        byte[] shorter = Arrays.copyOf(session, session.length - bytes);
        ByteBuffer numbers = ByteBuffer.wrap(shorter).order(ByteOrder.LITTLE_ENDIAN);
        numbers.putLong(8, numbers.getLong(8) - bytes).putLong(32, numbers.getLong(32) - bytes);
        return sealed(shorter);
    }

    private static byte[] otherPayload(byte[] session, byte[] payload) throws Exception {
        byte[] copy = session.clone();
        System.arraycopy(payload, 0, copy, PAYLOAD, payload.length);
        return sealed(copy);
    }

    private static byte[] sealed(byte[] session) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(session, 0, session.length - HASH);
        System.arraycopy(digest.digest(), 0, session, session.length - HASH, HASH);
        return session;
    }

    @Test
    void filesAreReplacedWholeOrNotAtAll() throws IOException, InterruptedException {
        try (Live live = new Live(memory).attached()) {
            live.decode(0, 3);
            Path missing = folder.resolve("none").resolve("session.bin");
            refused(() -> live.hook.saveFile(missing), "RWKV_MS_E_IO", "cannot be created: No such file or directory");
            refused(() -> live.hook.loadFile(missing, 0), "RWKV_MS_E_IO", missing + ": cannot be opened");
            refused(() -> live.hook.loadFile(folder, 0), "RWKV_MS_E_IO", folder + ": cannot be read");
            Path pipe = folder.resolve("pipe");
            assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
            refused(() -> live.hook.loadFile(pipe, 0), "RWKV_MS_E_IO", pipe + ": cannot be read: not a regular file");
            Path taken = Files.createDirectory(folder.resolve("taken"));
            refused(() -> live.hook.saveFile(taken), "RWKV_MS_E_IO", taken + ": cannot be replaced: Is a directory");
            assertThat(folder.toFile().list((dir, name) -> name.endsWith(".tmp"))).isEmpty();
            byte[] saved = live.hook.save();
            assertThat(new String(saved, ISO_8859_1)).startsWith("RMSC").contains("RMVS\2\0\0\0");
        }
    }
}
