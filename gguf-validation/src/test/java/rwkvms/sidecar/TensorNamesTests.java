package rwkvms.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.gguf.GgufLimits;

class TensorNamesTests {
    @ParameterizedTest
    @CsvSource({"mem_q, memory_q_proj", "mem_k, memory_k_proj", "mem_v, memory_v_proj", "delta_q, delta_q_proj",
            "delta_o, delta_o_proj", "beta, beta_proj", "beta_b, beta_bias", "lambda, lambda_proj",
            "lambda_b, lambda_bias", "rwkv.x_r, hrm_rwkv7_core.x_r",
            "rwkv.receptance.weight, hrm_rwkv7_core.receptance.weight", "rwkv.ln_x.bias, hrm_rwkv7_core.ln_x.bias"})
    void mapsAsTheSpecificationLists(String compact, String source) {
        TensorNames.Ref ref = TensorNames.parseCompact("blk.5." + compact).orElseThrow();
        assertThat(ref.source()).isEqualTo("model.language_model.layers.5.self_attn." + source);
        assertThat(TensorNames.parseSource(ref.source())).contains(ref);
    }

    @ParameterizedTest
    @EnumSource
    void mapsEveryTensorBothWays(MemoryTensor tensor) {
        TensorNames.Ref ref = new TensorNames.Ref(999_999_999, tensor);
        assertThat(TensorNames.parseCompact(ref.compact())).contains(ref);
        assertThat(TensorNames.parseSource(ref.source())).contains(ref);
        assertThat(ref.compact().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(GgufLimits.MAX_TENSOR_NAME_BYTES);
    }

    @Test
    void countsTheTensorsOfALayer() {
        assertThat(MemoryTensor.values()).hasSize(33);
        assertThat(Stream.of(MemoryTensor.values()).filter(tensor -> !tensor.ofFreeLambda())).hasSize(31);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "blk.0", "blk.0.", "blk.00.beta", "blk.-1.beta", "blk.1000000000.beta", "blk.0.beta ",
            "blk.0.gamma", "Blk.0.beta", "blk.0.beta\n", "blk.0.beta.weight", "x.blk.0.beta"})
    void knowsNoOtherNames(String name) {
        assertThat(TensorNames.parseCompact(name)).isEmpty();
        assertThat(TensorNames.parseSource(name)).isEmpty();
    }
}
