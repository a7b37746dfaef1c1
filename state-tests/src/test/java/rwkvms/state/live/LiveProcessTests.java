package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.fixtures.testing.Draws;
import rwkvms.ggml.Devices;
import rwkvms.runtime.LayerState;

/**
 * Saved sessions between processes: restored in another one, replaced while they are read, the saver killed, memory filled
 * with patterns before use, and damage to llama.cpp's own part, which only llama.cpp can see, under a memory limit.
 */
final class LiveProcessTests extends OnLiveModel {
    private static final int END = 29;
    /** That the file is replaced at once, {@link #fileMayBeReplacedWhileItIsRestored} sees too. */
    private static final int KILLS = 3 * Draws.ofBuild().times();
    private static final int LATEST_KILL_MS = 60;
    private static final int RESTORES = 150;
    /** Replacements that must happen during the restores, even on a slow disk. */
    private static final int REPLACEMENTS = 4;
    private static final int FLIPS = 384;

    /** A limit that a JVM, llama.cpp and the tiny model need {@value} KiB of address space for, and a length of 1 GiB exceeds. */
    private static final long FLIPS_KIB = 3L << 19;

    private Child child(Object... task) {
        return SuiteChild.of(SessionChild.class,
                Stream.concat(Stream.of(model.base(), model.sidecarFile()), Stream.of(task)).toArray());
    }

    private static Child bounded(Child child) {
        return System.getProperty(Devices.PROPERTY) == null ? child.within(FLIPS_KIB) : child;
    }

    @Test
    void anotherProcessGoesOnBitForBit() throws Exception {
        Path file = folder.resolve("session.bin");
        try (LiveSession session = model.session(SessionChild.SETTINGS)) {
            session.continueTo(SessionChild.SAVED_AT.get(0));
            session.hook().saveFile(file, LiveModel.tokens(0, 5));
        }
        Child.Run other = child("continue", file, END).run();
        assertThat(other.ending()).as(other.out() + other.err()).isEqualTo(new Ending.Exited(0));
        assertThat(other.out().strip()).isEqualTo(SessionChild.continued(model, file, END));
        assertThat(other.out().strip().split(" ")).hasSize(END - 5);
    }

    /** A killed saver leaves one of the two sessions whole: never a part, never a mixture. */
    @Test
    void savingProcessMayBeKilledAtAnyMoment() throws Exception {
        Path file = folder.resolve("killed.bin");
        Random random = new Random(7);
        for (int kill = 0; kill < KILLS; kill++) {
            Process saver = child("save", file).start();
            try (BufferedReader out = saver.inputReader()) {
                assertThat(out.lines().anyMatch(SessionChild.SAVING::equals)).isTrue();
                assertThat(saver.waitFor(random.nextInt(LATEST_KILL_MS), TimeUnit.MILLISECONDS)).isFalse();
            } finally {
                Child.kill(saver);
            }
            saver.waitFor();
            try (LiveSession session = model.session(SessionChild.SETTINGS)) {
                session.hook().loadFile(file, END);
                assertThat(SessionChild.SAVED_AT).contains(session.position());
            }
        }
    }

    /** One thread replaces the file, another restores from it: each restore is one of the two sessions, whole. */
    @Test
    void fileMayBeReplacedWhileItIsRestored() throws Exception {
        Path file = folder.resolve("replaced.bin");
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger saves = new AtomicInteger();
        try (LiveSession first = model.session(SessionChild.SETTINGS);
                LiveSession second = model.session(SessionChild.SETTINGS);
                LiveSession restored = model.session(SessionChild.SETTINGS)) {
            List<Integer> at = SessionChild.SAVED_AT;
            first.continueTo(at.get(0));
            second.continueTo(at.get(1));
            first.hook().saveFile(file);
            // Read before the other thread uses these contexts, which take one call at a time.
            Map<Integer, LayerState> expected = Map.of(at.get(0), first.states().get(5), at.get(1),
                    second.states().get(5));
            Thread saver = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    (saves.getAndIncrement() % 2 == 0 ? second : first).hook().saveFile(file);
                }
            });
            try {
                for (int i = 0; i < RESTORES || saves.get() <= REPLACEMENTS && saver.isAlive(); i++) {
                    restored.hook().loadFile(file, END);
                    assertThat(restored.position()).isIn(at);
                    assertThat(restored.states().get(5).sameBits(expected.get(restored.position()))).isTrue();
                }
            } finally {
                done.set(true);
                saver.join();
            }
            assertThat(saves.get()).as("the other thread replaces until it is told to stop")
                    .isGreaterThan(REPLACEMENTS);
        }
        try (var left = Files.list(folder)) {
            assertThat(left.map(each -> String.valueOf(each.getFileName()))).as("no temporary file is left")
                    .noneMatch(name -> name.contains("replaced.bin") && !name.equals("replaced.bin"));
        }
    }

    /**
     * glibc fills every allocation with the complement of this byte and every freed block with the byte itself: 0x00 and, as
     * floats near 0.19, 0x3e. Code that reads memory before writing it gives another result in the second process.
     */
    @Test
    void memoryThatWasNeverWrittenIsNeverRead() throws Exception {
        String expected = SessionChild.story(model);
        for (int fill : new int[]{0x00, 0x3e}) {
            Child.Run filled = child("story").with(Map.of("MALLOC_PERTURB_", String.valueOf(~fill & 0xff))).run();
            assertThat(filled.ending()).as(filled.out() + filled.err()).isEqualTo(new Ending.Exited(0));
            assertThat(filled.out().strip()).as("memory filled with 0x%02x", fill).isEqualTo(expected);
        }
    }

    /**
     * Damage to llama.cpp's part under seals that hold: llama.cpp may refuse it, take it, or end the process, as it does without
     * us. If it refuses, nothing may have changed. It allocates and fills whatever a length says before it looks: with the limit
     * of the other children two flipped bits of one length alone took three quarters of the test's time.
     */
    @Test
    void damageThatOnlyLlamaCanSeeChangesNothingIfItIsRefused() throws Exception {
        Map<String, Integer> outcomes = new TreeMap<>();
        int next = 0;
        while (next < FLIPS) {
            Child.Run flips = bounded(child("flip", next, FLIPS)).run();
            List<String> lines = flips.out().lines().toList();
            for (String line : lines) {
                String outcome = line.substring(line.indexOf(' ') + 1);
                assertThat(outcome).as("flip " + line).doesNotStartWith("CHANGED");
                outcomes.merge(outcome.isEmpty() ? "process: " + flips.ending().words() : outcome, 1, Integer::sum);
            }
            assertThat(lines).as(flips.err()).isNotEmpty();
            next += lines.size();
        }
        System.out.println("flips of llama.cpp's own part, resealed: " + outcomes);
        assertThat(outcomes.keySet()).anyMatch(outcome -> outcome.startsWith("refused"));
        assertThat(outcomes.keySet()).contains("taken");
    }
}
