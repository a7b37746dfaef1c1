package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.math.DeltaHead;
import rwkvms.math.UpdateMode;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.runtime.MemorySession;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.state.StateIdentity;
import rwkvms.state.checks.SmallMemory;
import rwkvms.tensor.DType;

/** Both runtimes write the same payload for the same state, and the same fingerprint for the same sidecar. */
final class StatePairTests {
    private static final int[] STORY = {0, 1, 2, 3, 4, 5, 1, 3, 2};

    @Test
    void eachRuntimeReadsWhatTheOtherWroteByteForByte() throws Exception {
        try (SmallMemory reference = SmallMemory.on(StateRuntimes.reference());
                SmallMemory cpp = SmallMemory.on(StateRuntimes.cpp());
                MemorySession java = reference.after(STORY);
                MemorySession nativ = cpp.newSession()) {
            byte[] written = java.saveState();
            nativ.loadState(written);
            assertThat(nativ.saveState()).isEqualTo(written);
            assertThat(SmallMemory.sameBits(cpp.states(nativ), reference.states(java))).isTrue();
            cpp.forward(nativ, SmallMemory.block(5));
            byte[] back = nativ.saveState();
            java.loadState(back);
            assertThat(java.saveState()).isEqualTo(back);
        }
    }

    /** Both implementations agree over every setting that the fingerprint covers. */
    @TestFactory
    Stream<DynamicTest> fingerprintsAgree() throws Exception {
        SyntheticSidecar small = SmallMemory.SIZES;
        List<SyntheticSidecar> all = List.of(small, small.withVersions(2, 2),
                small.with(config -> config.withAlpha(0.3)),
                small.with(config -> config.withEraseGate(0.7)), small.with(config -> config.withReadTopK(2)),
                small.with(config -> config.withNormalizeQk(false)),
                small.with(config -> config.withCoupleLambda(false)),
                small.with(config -> config.withRankwiseGates(false)), small.with(config -> config.withChunkSize(4)),
                small.with(config -> config.withUpdateMode(UpdateMode.NO_LAMBDA)),
                small.with(config -> config.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE)),
                small.withDtype(DType.FLOAT32), small.withDtype(DType.FLOAT16),
                small.withBase("other", "ab".repeat(32)),
                small.with(config -> config.withDeltaHeads(Set.of(DeltaHead.values()))),
                small.with(config -> config.withNumStates(2)));
        List<String> java = new ArrayList<>();
        for (SyntheticSidecar sizes : all) {
            java.add(fingerprint(sizes));
        }
        Stream<DynamicTest> agree = IntStream.range(0, all.size())
                .mapToObj(i -> DynamicTest.dynamicTest("sidecar " + i, () -> {
                    try (SmallMemory cpp = SmallMemory.on(StateRuntimes.cpp(), all.get(i), SmallMemory.SEED)) {
                        byte[] fingerprint = ((NativeMemory) cpp.memory()).fingerprint();
                        assertThat(HexFormat.of().formatHex(fingerprint)).isEqualTo(java.get(i));
                    }
                }));
        return Stream.concat(agree, Stream.of(DynamicTest.dynamicTest("no two are the same",
                () -> assertThat(java).doesNotHaveDuplicates())));
    }

    private static String fingerprint(SyntheticSidecar sizes) throws Exception {
        return StateIdentity.of(SmallMemory.sidecar(sizes, SmallMemory.SEED)).fingerprint();
    }
}
