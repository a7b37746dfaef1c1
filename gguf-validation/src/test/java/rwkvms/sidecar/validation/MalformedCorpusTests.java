package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.gguf.Profile;
import rwkvms.gguf.Ruling;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.testing.MalformedClass.Beside;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.validation.FindingCode.Severity;

/** Every malformed class is refused with its own code, and with no other than those that its fault must cause too. */
class MalformedCorpusTests {
    private static final int MIN_CLASSES = 300;

    /** One class per code, in their order: the place of its finding, and how specification and ggml rule on it. */
    private static final String PLACES = """
            file that is not there | file | UNDECIDED | UNDECIDED
            magic backwards | magic | REFUSES | REFUSES
            version 1 | version | REFUSES | REFUSES
            file of three bytes | magic | REFUSES | REFUSES
            key count -1 | key count | REFUSES | REFUSES
            65,537 keys | key count | UNDECIDED | UNDECIDED
            strings of 64 MiB | key "general.name" | UNDECIDED | UNDECIDED
            text cut within a character | key "general.name" | REFUSES | TAKES
            value type 13 | key "x", type | REFUSES | REFUSES
            bool of 2 | key "x" | REFUSES | TAKES
            array of arrays | key "x" | TAKES | REFUSES
            arrays nested five deep | key "x" | UNDECIDED | REFUSES
            five dimensions | tensor "blk.0.mem_q", dimension count | REFUSES | REFUSES
            alignment as a u64 | key "general.alignment" | REFUSES | REFUSES
            version 2 | version | REFUSES | TAKES
            key that is empty | key "" | REFUSES | REFUSES
            key with a capital | key "delta_mem.Rank" | REFUSES | TAKES
            key with a NUL | key "x\\u0000y" | REFUSES | TAKES
            key twice | key "delta_mem.rank" | TAKES | REFUSES
            tensor twice | tensor "blk.0.mem_q" | TAKES | REFUSES
            tensor name of another up to a NUL | tensor "blk.0.mem_q\\u0000" | TAKES | REFUSES
            tensor name that is empty | tensor "" | TAKES | TAKES
            tensor name of 64 bytes | tensor "blk.0.xxx | TAKES | REFUSES
            type I16 | tensor "blk.0.mem_q" | TAKES | TAKES
            no dimension | tensor "blk.0.rwkv.w0" | TAKES | TAKES
            dimension 0 | tensor "blk.2.rwkv.ln_x.bias" | TAKES | TAKES
            dimensions whose product wraps to 0 | tensor "blk.2.rwkv.ln_x.bias" | REFUSES | TAKES
            offset of the tensor before | tensor "blk.2.mem_q" | TAKES | REFUSES
            alignment 2^30 | file | REFUSES | REFUSES
            half of the last tensor missing | tensor "blk.2.rwkv.ln_x.bias" | REFUSES | REFUSES_DATA
            last padding that is not zero | tensor "blk.2.rwkv.ln_x.bias" | REFUSES | TAKES
            one byte behind the end | file | TAKES | TAKES
            without delta_mem.rank | key delta_mem.rank | TAKES | TAKES
            another type of delta_mem.rank | key delta_mem.rank | TAKES | TAKES
            key that no sidecar has | key "delta_mem.rnak" | TAKES | TAKES
            keys of version 2 in version 1 | key delta_mem.rwkv_ms_semantics_version | TAKES | TAKES
            cut delta_mem.config_json | key delta_mem.config_json | TAKES | TAKES
            JSON that is empty | key delta_mem.adapter_metadata_json | TAKES | TAKES
            architecture of a model | key general.architecture | TAKES | TAKES
            alignment 64, kept | key general.alignment | TAKES | TAKES
            unknown schema | key delta_mem.schema | TAKES | TAKES
            format version 3 | key delta_mem.format_version | TAKES | TAKES
            another tensor name format | key delta_mem.tensor_name_format | TAKES | TAKES
            state in f16 | key delta_mem.rwkv_ms_state_dtype | TAKES | TAKES
            without base SHA-256 | key delta_mem.base_gguf_sha256 | TAKES | TAKES
            base SHA-256 in capitals | key delta_mem.base_gguf_sha256 | TAKES | TAKES
            beside another base | key delta_mem.base_gguf_sha256 | TAKES | TAKES
            beside a base that is not there | base | TAKES | TAKES
            beside a base of fewer layers | key delta_mem.target_layers_json | TAKES | TAKES
            beside a base without layers | base | TAKES | TAKES
            projector SHA-256 of 63 digits | key delta_mem.mmproj_gguf_sha256 | TAKES | TAKES
            rank 0 | key delta_mem.rank | TAKES | TAKES
            alpha 0 | key delta_mem.alpha | TAKES | TAKES
            no state head | key delta_mem.num_state_heads | TAKES | TAKES
            65,536 state heads | key delta_mem.num_state_heads | TAKES | TAKES
            no state | key delta_mem.rwkv_ms_num_states | TAKES | TAKES
            chunk size 0 | key delta_mem.rwkv_ms_chunk_size | TAKES | TAKES
            semantics 3 | key delta_mem.rwkv_ms_semantics_version | TAKES | TAKES
            another boundary mode | key delta_mem.rwkv_ms_boundary_mode | TAKES | TAKES
            another memory backend | key delta_mem.memory_backend | TAKES | TAKES
            another fusion mode | key delta_mem.config_json, fusion_mode | TAKES | TAKES
            unknown update mode | key delta_mem.config_json, state_update_mode | TAKES | TAKES
            trainable delta scale | key delta_mem.config_json, trainable_delta_scale | TAKES | TAKES
            normalize_qk as a text | key delta_mem.config_json, normalize_qk | TAKES | TAKES
            top-k -1 | key delta_mem.config_json, rwkv_ms_read_top_k | TAKES | TAKES
            rank contradicted | key delta_mem.config_json, rank | TAKES | TAKES
            rank contradicted by the metadata | key delta_mem.adapter_metadata_json, rank | TAKES | TAKES
            target layers unsorted | key delta_mem.target_layers_json | TAKES | TAKES
            unknown delta head | key delta_mem.delta_heads_json | TAKES | TAKES
            attention of another kind | key delta_mem.per_layer_attention_json, layer 0, attention_kind | TAKES | TAKES
            tensor missing | tensor "blk.0.mem_q" | TAKES | TAKES
            tensor of no layer | tensor "output_norm.weight" | TAKES | TAKES
            tensor of another layer | tensor "blk.1.rwkv.w0" | TAKES | TAKES
            vector of one value fewer | tensor "blk.0.rwkv.w0" | TAKES | TAKES
            matrix transposed | tensor "blk.0.mem_q" | TAKES | TAKES
            lambda beside a coupled one | tensor "blk.0.lambda_b" | TAKES | TAKES
            tensor_count 0 | key delta_mem.tensor_count | TAKES | TAKES
            total_numel -1 | key delta_mem.total_numel | TAKES | TAKES
            total_bytes -1 | key delta_mem.total_bytes | TAKES | TAKES
            manifest entry missing | tensor "blk.0.mem_q" | TAKES | TAKES
            manifest entry without a tensor | manifest entry "blk.9.mem_q" | TAKES | TAKES
            manifest: another PyTorch type | manifest entry "blk.0.mem_q", torch_dtype | TAKES | TAKES
            manifest: another SHA-256 | manifest entry "blk.0.mem_q", sha256_raw | TAKES | TAKES
            NaN in BF16 | tensor "blk.0.rwkv.w0" | TAKES | TAKES
            output that is all zero | tensor "blk.0.rwkv.output.weight" | TAKES | TAKES
            """;

    static Stream<MalformedClass> corpus() {
        return MalformedCorpus.all().stream();
    }

    @ParameterizedTest
    @MethodSource("corpus")
    void isNamed(MalformedClass malformed, @TempDir Path folder) throws IOException {
        ValidationReport report = report(malformed, folder);

        Set<FindingCode> expected = EnumSet.of(malformed.code());
        expected.addAll(malformed.also());
        assertThat(report.findings().stream().map(Finding::code).collect(Collectors.toSet()))
                .as("%s", report.findings()).isEqualTo(expected);
        assertThat(report.isValid()).isEqualTo(malformed.code().severity() == FindingCode.Severity.WARNING)
                .isEqualTo(report.findings().stream().allMatch(finding -> finding.severity() == Severity.WARNING));
        for (Profile profile : Profile.values()) {
            assertThat(report.ruling(profile) == Ruling.REFUSES).isEqualTo(report.findings().stream()
                    .anyMatch(finding -> finding.rulings().of(profile) == Ruling.REFUSES));
        }
    }

    /** The rulings are written down from llama-cpp.md and the GGUF specification, not taken from the code. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = PLACES)
    void isFoundAtItsPlace(String name, String place, Ruling gguf, Ruling ggml, @TempDir Path folder)
            throws IOException {
        MalformedClass malformed = named(name);
        Finding finding = report(malformed, folder).of(malformed.code()).getFirst();
        assertThat(finding.place()).startsWith(place);
        assertThat(finding.rulings()).isEqualTo(new Rulings(gguf, ggml));
        malformed.code().rulings().ifPresent(rulings -> assertThat(rulings).isEqualTo(finding.rulings()));
    }

    private static MalformedClass named(String name) {
        return corpus().filter(malformed -> malformed.name().equals(name)).findFirst().orElseThrow();
    }

    private static ValidationReport report(MalformedClass malformed, Path folder) throws IOException {
        if (malformed.beside() == Beside.NOTHING) {
            return ReportAssertions.report(malformed.bytes());
        }
        Path sidecar = folder.resolve("sidecar.gguf");
        return SidecarValidator.validate(sidecar, malformed.writeTo(sidecar, folder.resolve("base.gguf")).orElse(null));
    }

    @Test
    void whatAllStartFromIsValid() {
        assertThat(ReportAssertions.report(MalformedCorpus.valid()).findings()).isEmpty();
    }

    @Test
    void everyCodeHasItsClass() {
        assertThat(PLACES.lines().map(line -> named(line.substring(0, line.indexOf('|')).strip()).code()))
                .containsExactly(FindingCode.values());
    }

    @Test
    void classesAreManyAndTellThemselvesApart() {
        assertThat(corpus()).hasSizeGreaterThan(MIN_CLASSES);
        assertThat(corpus().map(MalformedClass::name)).doesNotHaveDuplicates();
    }
}
