package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.llama.LlamaException;

/** The one sequence of the server: computing tokens, reusing a prefix, saving and restoring. */
final class SlotTests {
    private static final int SIZE = 256;
    /** More than one batch. */
    private static final int[] PROMPT = IntStream.range(300, 320).toArray();
    /** Sizes in a session (docs/state-format.md): header, offset of the payload's size, checksum at the end. */
    private static final int SESSION_HEADER = 40;
    private static final int PAYLOAD_BYTES = 16;
    private static final int HASH = 32;

    @TempDir
    private Path folder = Path.of("");
    private final StringWriter log = new StringWriter();
    private final Slot slot = new Slot(TinyModel.get(), SIZE, 1, new ServerLog(new PrintWriter(log)));
    private int looks;

    @AfterEach
    void close() {
        slot.close();
    }

    private int hold(boolean reuse, int... prompt) {
        looks = -1; // the pulse itself looks once
        return slot.hold(prompt, reuse, new Pulse(() -> {
        }, () -> {
            looks++;
            return 0;
        }));
    }

    private static int[] longer(int... prompt) {
        int[] longer = Arrays.copyOf(prompt, prompt.length + 3);
        Arrays.fill(longer, prompt.length, longer.length, 330);
        return longer;
    }

    @Test
    void whatItHoldsServesAPromptThatBeginsWithIt() {
        assertThat(slot.size()).isEqualTo(SIZE);
        assertThat(hold(true, PROMPT)).isZero();
        assertThat(looks).isEqualTo(2);
        assertThat(slot.count()).isEqualTo(20);
        assertThat(log.toString()).isEmpty();

        assertThat(hold(true, longer(PROMPT))).isEqualTo(20);
        assertThat(looks).isEqualTo(1);
        assertThat(slot.count()).isEqualTo(23);
        assertThat(log.toString()).endsWith(
                " RWKV-MS exact-prefix slot reuse: 20 of 23 tokens" + System.lineSeparator());
        float[] continued = slot.logits();

        assertThat(hold(true, longer(PROMPT))).isEqualTo(23);
        assertThat(looks).isZero();
        assertThat(slot.logits()).isEqualTo(continued);

        assertThat(hold(false, longer(PROMPT))).isZero();
        assertThat(looks).isEqualTo(2);
        assertThat(slot.logits()).isEqualTo(continued);

        assertThat(hold(true, PROMPT)).isZero();
        assertThat(slot.count()).isEqualTo(20);
        int[] other = PROMPT.clone();
        other[19] = 299;
        assertThat(hold(true, other)).isZero();
        assertThat(slot.count()).isEqualTo(20);
        slot.add(330);
        assertThat(slot.count()).isEqualTo(21);
        assertThat(slot.logits()).isNotEqualTo(continued);
    }

    /** A prompt that fills its batches exactly. */
    @Test
    void aPromptOfWholeBatches() {
        assertThat(hold(true, IntStream.range(300, 332).toArray())).isZero();
        assertThat(looks).isEqualTo(2);
        assertThat(slot.count()).isEqualTo(32);
    }

    @Test
    void withoutATokenThereAreNoLogits() {
        assertThatIllegalStateException().isThrownBy(slot::logits)
                .withMessage("logits: expected a token before them, found none");
        hold(true, PROMPT);
        slot.clear();
        assertThat(slot.count()).isZero();
        assertThatIllegalStateException().isThrownBy(slot::logits);
        slot.add(300);
        assertThat(slot.logits()).hasSize(TinyModel.get().words().size());
    }

    @Test
    void aStoppedSlotTakesNoTokens() {
        slot.stop();
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> hold(true, PROMPT))
                .withMessage("the server stops").satisfies(e -> assertThat(e.status()).isEqualTo(503));
    }

    @Test
    void whatCannotBeComputedClearsIt() {
        hold(true, IntStream.generate(() -> 340).limit(SIZE).toArray());
        assertThat(slot.count()).isEqualTo(SIZE);
        assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> slot.add(340));
        assertThat(slot.count()).isZero();
        assertThat(log.toString()).contains(" decode failed, the slot is cleared: ");
        assertThatIllegalStateException().isThrownBy(slot::logits);
        assertThat(hold(true, PROMPT)).isZero();
    }

    @Test
    void whatWasSavedComesBack() throws IOException {
        Path file = folder.resolve("a.bin");
        hold(true, PROMPT);
        Slot.SlotSize saved = slot.save(file);
        assertThat(saved).isEqualTo(new Slot.SlotSize(20, Files.size(file)));
        slot.add(330);
        float[] direct = slot.logits();
        hold(true, 310);

        assertThat(slot.restore(file)).isEqualTo(saved);
        assertThat(slot.count()).isEqualTo(20);
        assertThatIllegalStateException().isThrownBy(slot::logits);
        slot.add(330);
        assertThat(slot.logits()).isEqualTo(direct);

        slot.restore(file);
        assertThat(hold(true, longer(PROMPT))).isEqualTo(20);
        slot.restore(file);
        // its logits are not in the file, so they are computed
        assertThat(hold(true, PROMPT)).isZero();
        assertThat(slot.logits()).hasSize(TinyModel.get().words().size());
    }

    @ParameterizedTest
    @CsvSource({"0, true", "last, true", "-1, false", "size, false"})
    void tokensOfASavedSlotAreThoseOfTheModel(String token, boolean taken) throws Exception {
        int size = TinyModel.get().words().size();
        int value = switch (token) {
            case "last" -> size - 1;
            case "size" -> size;
            default -> Integer.parseInt(token);
        };
        Path file = folder.resolve("a.bin");
        hold(true, PROMPT);
        slot.save(file);
        sealWith(file, value);
        slot.add(330);
        float[] before = slot.logits();
        slot.add(331);
        float[] behind = slot.logits();
        if (taken) {
            assertThat(slot.restore(file).tokens()).isEqualTo(20);
            return;
        }
        hold(true, IntStream.concat(Arrays.stream(PROMPT), IntStream.of(330)).toArray());
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> slot.restore(file))
                .withMessage("restore refused, rolled context state back: token of the session: expected 0 to "
                        + (size - 1) + ", found " + value)
                .satisfies(e -> assertThat(e.status()).isEqualTo(400));
        assertThat(log.toString()).contains(" restore refused, rolled context state back: token of the session: ");
        assertThat(slot.count()).isEqualTo(21);
        assertThat(slot.logits()).isEqualTo(before);
        slot.add(331);
        assertThat(slot.logits()).isEqualTo(behind);
    }

    /** Replaces the first token of a session, and its checksum. */
    private static void sealWith(Path session, int token) throws Exception {
        byte[] bytes = Files.readAllBytes(session);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(SESSION_HEADER + (int) file.getLong(PAYLOAD_BYTES), token);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, bytes.length - HASH));
        System.arraycopy(hash, 0, bytes, bytes.length - HASH, HASH);
        Files.write(session, bytes);
    }

    @Test
    void aDamagedFileChangesNothing() throws IOException {
        Path file = folder.resolve("a.bin");
        hold(true, PROMPT);
        slot.save(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        slot.add(330);
        float[] logits = slot.logits();
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> slot.restore(file))
                .withMessageStartingWith("restore refused, rolled context state back: ");
        assertThat(slot.count()).isEqualTo(21);
        assertThat(slot.logits()).isEqualTo(logits);
    }
}
