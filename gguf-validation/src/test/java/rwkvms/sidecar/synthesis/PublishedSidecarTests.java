package rwkvms.sidecar.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgufTensor;
import rwkvms.sidecar.CoreWidths;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.WeightsManifest;
import rwkvms.sidecar.synthesis.PublishedSidecar.UnmovedTensor;

/** Published numbers (mechanisms.md, sidecar.md, runtime-tools.md §5) that follow from shapes and rules alone. */
class PublishedSidecarTests {
    /** The number of values of a layer and of its core: N = 3·D·H + G·H + G + (q + k + v + o)·D + core(D). */
    @ParameterizedTest
    @CsvSource({"8, 0, 128872, 1888", "8, 5, 153448, 1888", "4, 0, 64372, 880", "4, 5, 76660, 880"})
    void countsOfALayer(int rank, int layer, long all, long core) {
        LayerWeights weights = SyntheticSidecar.PUBLISHED.with(config -> config.withRank(rank)).draft(0)
                .layers().get(layer);
        assertThat(count(weights, tensor -> true)).isEqualTo(all);
        assertThat(count(weights, tensor -> tensor.compactTail().startsWith("rwkv."))).isEqualTo(core);
    }

    /** 186 tensors; infos and padded data have the published sizes, whatever the keys say. */
    @Test
    void theLayoutOfThePublishedSidecarFollowsFromItsTensors() {
        SidecarDraft draft = SyntheticSidecar.PUBLISHED.draft(0);
        List<GgufTensor> tensors = SidecarWriter.tensors(draft);
        assertThat(tensors).hasSize(186);
        assertThat(WeightsManifest.of(draft.layers()).totalNumel())
                .isEqualTo(SyntheticSidecar.PUBLISHED.values(tensor -> true)).isEqualTo(797_808);
        assertThat(tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum()).isEqualTo(1_595_616);
        assertThat(tensors.stream().mapToLong(tensor -> padded(tensor.data().byteSize())).sum())
                .isEqualTo(PublishedSidecar.DATA_BYTES);
        assertThat(tensors.stream().mapToLong(PublishedSidecarTests::infoBytes).sum())
                .isEqualTo(PublishedSidecar.INFO_BYTES);
        assertThat(padded(PublishedSidecar.HEADER_BYTES + PublishedSidecar.KEY_BYTES + PublishedSidecar.INFO_BYTES))
                .isEqualTo(PublishedSidecar.DATA_START);
        assertThat(PublishedSidecar.DATA_START + PublishedSidecar.DATA_BYTES).isEqualTo(PublishedSidecar.FILE_BYTES);
    }

    /** Name, number of dimensions, dimensions, type and offset. */
    private static long infoBytes(GgufTensor tensor) {
        return 8 + tensor.name().length() + 4 + 8L * tensor.ne().size() + 4 + 8;
    }

    private static long padded(long size) {
        return (size + 31) / 32 * 32;
    }

    static List<UnmovedTensor> unmoved() {
        return PublishedSidecar.unmoved();
    }

    /** A published hash alone shows the values of 47 of the 186 tensors, which training never moved. */
    @ParameterizedTest
    @MethodSource("unmoved")
    void hashesShowWhatTrainingLeftAlone(UnmovedTensor tensor) {
        assertThat(Sha256.of(tensor.value().bytes())).isEqualTo(tensor.sha256());
    }

    @Test
    void fortySevenTensorsNeverMoved() {
        assertThat(unmoved()).hasSize(47).extracting(UnmovedTensor::name).doesNotHaveDuplicates();
    }

    /** w0 depends on layer / depth: no other layer of 42 starts like that. */
    @Test
    void aHashTellsTheLayer() {
        String w0 = unmoved().stream().filter(tensor -> tensor.name().equals("blk.3.rwkv.w0")).findFirst().orElseThrow()
                .sha256();
        assertThat(IntStream.range(0, RwkvInit.DEPTH).filter(layer -> Sha256
                .of(PublishedSidecar.vector(new RwkvInit(layer, 8, 8)::w0).bytes()).equals(w0)))
                .as("layers of 42 whose w0 starts like the published one of layer 3").containsExactly(3);
    }

    /** A synthetic sidecar of the published manifest has the published size only with texts of the published lengths. */
    @Test
    void syntheticTextsAreAsLongAsThePublishedOnes() {
        ExporterTexts ours = ExporterTexts.SYNTHETIC;
        ExporterTexts theirs = PublishedSidecar.TEXTS;
        assertThat(ours.name()).hasSameSizeAs(theirs.name());
        assertThat(ours.description()).hasSameSizeAs(theirs.description());
        assertThat(ours.runtimeHooksJson()).hasSameSizeAs(theirs.runtimeHooksJson());
    }

    private static long count(LayerWeights layer, Predicate<MemoryTensor> which) {
        return Stream.of(MemoryTensor.values()).filter(which).map(layer::find).filter(tensor -> tensor != null)
                .mapToLong(tensor -> tensor.count()).sum();
    }

    /** 2.5·√369 / 32 = 1.5007 is the first to round to 2, 5·√93 / 32 = 1.5068 likewise; 1024 gives 2.5, a tie. */
    @ParameterizedTest
    @CsvSource({"1, 32, 32", "8, 32, 32", "64, 32, 32", "92, 32, 32", "93, 32, 64", "256, 32, 64", "368, 32, 96",
            "369, 64, 96", "1024, 64, 160", "2304, 128, 256", "2560, 128, 256", "4096, 160, 320"})
    void coreWidthsFollowMathMd(int readDim, int decay, int gate) {
        assertThat(CoreWidths.of(readDim)).isEqualTo(new CoreWidths(decay, decay, gate));
    }
}
