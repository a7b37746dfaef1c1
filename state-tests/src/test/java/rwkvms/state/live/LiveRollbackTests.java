package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.nativeruntime.NativeException;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.StateFault;
import rwkvms.state.StateDamage;

/**
 * Contract lines 3, 4 and 5 of state.md live: whichever side refuses a session, the whole context stays as it was before the
 * load: states, positions, predecessor, every byte of the KV cache's state, and the next logits.
 */
@SuppressWarnings("NullAway.Init") // set before the tests
final class LiveRollbackTests extends OnLiveModel {
    private static final ContextSettings SETTINGS = ContextSettings.of(256);
    private static final int SAVED_AT = 13;
    private static final int NOW = 19;
    private static final int RANDOM_FLIPS = 400;
    private static final long FLIP_SEED = 20_260_801;
    /** Codes of rwkv_ms.h. */
    private static final int IO = 5;
    private static final int HOST_STATE = 168;
    private static final int SESSION_MAGIC = 180;
    private static final int SESSION_VERSION = 181;
    private static final int SESSION_LENGTH = 182;
    private static final int SESSION_CHECKSUM = 183;
    private static final int SESSION_HEADER = 40;

    private LiveSession session;
    private byte[] saved;
    private byte[] cache;
    private SortedMap<Integer, LayerState> states;
    private int refused;

    /** A session that has gone on since it was saved. */
    @BeforeEach
    void tellTheStory() {
        session = model.session(SETTINGS);
        session.continueTo(SAVED_AT);
        saved = session.hook().save(LiveModel.tokens(0, SAVED_AT));
        session.stepTo(NOW);
        cache = session.context().state();
        states = session.states();
    }

    /** After any refusal the session continues like one without a load. */
    @AfterEach
    void theNextLogitsAreThoseOfAnUndisturbedRun() {
        try (LiveSession undisturbed = model.session(SETTINGS)) {
            undisturbed.continueTo(SAVED_AT);
            undisturbed.stepTo(NOW);
            for (int t = NOW + 1; t <= NOW + 4; t++) {
                undisturbed.continueTo(t);
                session.continueTo(t);
                assertThat(session.lastLogits()).isEqualTo(undisturbed.lastLogits());
            }
        } finally {
            session.close();
        }
    }

    @AfterAll
    void tell() {
        System.out.println("live sessions refused with nothing changed: " + refused);
    }

    private NativeException refuses(byte[] damaged) {
        return refuses("session", () -> session.hook().load(damaged));
    }

    private NativeException refuses(String what, Runnable call) {
        NativeException refusal = catchThrowableOfType(NativeException.class, call::run);
        assertThat(refusal).as("%s: expected a refusal", what).isNotNull();
        String after = refusal.toString();
        SortedMap<Integer, LayerState> now = session.states();
        states.forEach((layer, state) -> assertThat(now.get(layer).sameBits(state)).as("layer %d after %s", layer,
                after).isTrue());
        assertThat(session.context().state()).as("KV cache after " + after).isEqualTo(cache);
        assertThat(session.position()).isEqualTo(NOW);
        refused++;
        return refusal;
    }

    /** llama.cpp's part is sound and would load; the payload is refused. */
    @Test
    void payloadIsRefusedWhileTheCacheWouldLoad() {
        Sessions parts = Sessions.parts(saved);
        for (StateDamage damage : StateDamage.values()) {
            NativeException refusal = refuses(parts.withPayload(damage.applyTo(parts.payload())).sealed());
            assertThat(refusal.fault()).as(damage.label() + ": " + refusal).contains(damage.fault());
        }
        assertThat(refuses(parts.withPayload(StateDamage.FINGERPRINT.applyTo(parts.payload())).sealed()))
                .hasMessageContaining("sidecar identity mismatch");
    }

    /** The payload is sound and would load; llama.cpp refuses its part, and destroys its memory in doing so. */
    @Test
    void cacheIsRefusedWhileThePayloadWouldLoad() {
        Sessions parts = Sessions.parts(saved);
        byte[] host = parts.host();
        for (int size : new int[]{1, 8, host.length / 4, host.length / 2, host.length - 1}) {
            NativeException refusal = refuses(parts.withHost(Arrays.copyOf(host, size)).sealed());
            assertThat(refusal.code()).as("%d bytes of %d: %s", size, host.length, refusal).isEqualTo(HOST_STATE);
        }
        byte[] longer = Arrays.copyOf(host, host.length + 16);
        assertThat(refuses(parts.withHost(longer).sealed()).code()).isEqualTo(HOST_STATE);
    }

    /** llama.cpp would take an empty part and keep its own cache, which may be at the payload's position by chance. */
    @Test
    void sessionWithoutACacheIsRefusedEvenAtTheSamePosition() {
        Sessions now = Sessions.parts(session.hook().save());
        assertThat(refuses(now.withHost(new byte[0]).sealed()).code()).isEqualTo(SESSION_LENGTH);
        assertThat(refuses(Sessions.parts(saved).withHost(new byte[0]).sealed()).code()).isEqualTo(SESSION_LENGTH);
    }

    /** Both parts are sound and belong to different moments. */
    @Test
    void partsOfDifferentMomentsAreRefused() {
        Sessions then = Sessions.parts(saved);
        Sessions now = Sessions.parts(session.hook().save());
        assertThat(refuses(then.withHost(now.host()).sealed())).hasMessageContaining(String.valueOf(SAVED_AT))
                .hasMessageContaining(String.valueOf(NOW));
        assertThat(refuses(now.withHost(then.host()).sealed())).hasMessageContaining(String.valueOf(SAVED_AT))
                .hasMessageContaining(String.valueOf(NOW));
    }

    @Test
    void sessionOfAnotherModelIsRefusedByTheCache() throws Exception {
        try (LiveModel other = LiveModel.in(folder, LiveModel.Engine.shared(), Gemma4Sizes.tiny().withSharedTail(3),
                sidecar -> sidecar); LiveSession foreign = other.session(SETTINGS)) {
            foreign.continueTo(SAVED_AT);
            byte[] host = Sessions.parts(foreign.hook().save()).host();
            NativeException refusal = refuses(Sessions.parts(saved).withHost(host).sealed());
            assertThat(refusal.code()).as(refusal.toString()).isEqualTo(HOST_STATE);
            assertThat(refuses(foreign.hook().save()).fault()).contains(StateFault.STATE_LAYERS);
        }
    }

    @Test
    void everyBitOfTheHeaderCounts() {
        for (int bit = 0; bit < SESSION_HEADER * Byte.SIZE; bit++) {
            byte[] damaged = Sessions.flipped(saved, bit);
            int expected = bit < 32 ? SESSION_MAGIC : bit < 64 ? SESSION_VERSION : SESSION_LENGTH;
            assertThat(refuses(damaged).code()).as("bit %d", bit).isEqualTo(expected);
            NativeException resealed = refuses(Sessions.resealed(damaged));
            assertThat(resealed.code()).as("bit %d, resealed", bit).isEqualTo(expected);
        }
    }

    @Test
    void anyFlippedBitBehindTheHeaderIsRefused() {
        Random random = new Random(FLIP_SEED);
        int payloadEnd = SESSION_HEADER + Sessions.parts(saved).payload().length;
        for (int i = 0; i < RANDOM_FLIPS; i++) {
            int bit = random.nextInt(SESSION_HEADER * Byte.SIZE, saved.length * Byte.SIZE);
            byte[] damaged = Sessions.flipped(saved, bit);
            NativeException refusal = refuses(damaged);
            if (bit / Byte.SIZE < payloadEnd) {
                assertThat(refusal.fault()).as("bit %d, seed %d", bit, FLIP_SEED).isPresent();
            } else {
                assertThat(refusal.code()).as("bit %d, seed %d", bit, FLIP_SEED).isEqualTo(SESSION_CHECKSUM);
            }
        }
    }

    @Test
    void truncationIsALengthAtEverySize() {
        for (int size = 0; size < SESSION_HEADER; size++) {
            NativeException refusal = refuses(Arrays.copyOf(saved, size));
            assertThat(refusal.code()).as("%d bytes", size).isEqualTo(SESSION_LENGTH);
        }
        Random random = new Random(FLIP_SEED);
        for (int i = 0; i < RANDOM_FLIPS; i++) {
            int size = random.nextInt(SESSION_HEADER, saved.length);
            assertThat(refuses(Arrays.copyOf(saved, size)).code()).as("%d bytes", size).isEqualTo(SESSION_LENGTH);
        }
        assertThat(refuses(Arrays.copyOf(saved, saved.length + 1)).code()).isEqualTo(SESSION_LENGTH);
    }

    @Test
    void whatNoStateCanFollowIsRefusedOnBothSides() {
        Runnable[] changes = {() -> session.memory().copy(0, 1, -1, -1), () -> session.memory().keep(0),
                () -> session.memory().shift(0, 0, -1, 1), () -> session.memory().divide(0, 0, -1, 2),
                () -> session.memory().remove(0, 3, -1), () -> session.memory().remove(0, 0, 3),
                () -> session.memory().remove(-1, 3, 5)};
        for (int i = 0; i < changes.length; i++) {
            assertThat(refuses("change " + i, changes[i]).fault()).contains(StateFault.MUTATION);
        }
    }

    /** A payload alone, without its cache, would put the two sides out of step. */
    @Test
    void payloadOfAnotherMomentIsNotTakenAlone() {
        assertThat(refuses("payload", () -> session.memory().loadState(Sessions.parts(saved).payload())))
                .hasMessageContaining("RWKV_MS_E_HOST_STEP");
    }

    @Test
    void fileThatIsNoneOrEmptyIsRefused() throws Exception {
        Path none = folder.resolve("none.bin");
        Path empty = Files.write(folder.resolve("empty.bin"), new byte[0]);
        for (Path file : new Path[]{none, empty, folder}) {
            NativeException refusal = refuses(file.toString(), () -> session.hook().loadFile(file, 64));
            assertThat(refusal.code()).as(refusal.toString()).isEqualTo(file.equals(empty) ? SESSION_LENGTH : IO);
        }
    }
}
