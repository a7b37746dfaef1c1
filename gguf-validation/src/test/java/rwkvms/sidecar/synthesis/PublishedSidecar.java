package rwkvms.sidecar.synthesis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What is published about the checkpoint and its sidecar, each with its source; the files themselves are not needed. */
final class PublishedSidecar {
    /** Sizes of the published file (sidecar.md, "Tensors"). */
    static final int HEADER_BYTES = 24;
    static final int KEY_BYTES = 57_364;
    static final int INFO_BYTES = 9_582;
    static final int DATA_START = 66_976;
    static final int DATA_BYTES = 1_596_864;
    static final int FILE_BYTES = 1_663_840;
    static final int FILE_BYTES_VERSION_2 = 1_663_968;
    /** SHA-256 of the two materialised files (sidecar.md, "Round trip"). */
    static final String CONFIG_SHA256 = "6b1caad11fe5a419092155c96c77d6656f37a7a5df09ab4b3c07a26520f1e0ce";
    static final String METADATA_SHA256 = "b4a2860399909d48e58d836a8f0c2ef9970f24bfcfb205f0dcf7d1ab6e104eca";

    /** Free texts of the published exporter. */
    static final ExporterTexts TEXTS = new ExporterTexts("Gemma4 E4B RWKV-MS delta-Mem memory sidecar",
            "RWKV-MS online-memory adapter tensors for Gemma4 E4B. This is a GGUF sidecar; "
                    + "llama.cpp runtime hooks are still required.",
            "[\"Gemma4 text attention layers 0-5\",\"skip KV-shared tail layers\","
                    + "\"read hidden states before attention delta injection\",\"RWKV-MS recurrent state buffers\","
                    + "\"read-before-write token update\",\"q/o delta injection\","
                    + "\"KV-cache and memory-state synchronization\",\"reset/save/load session state\"]");

    /**
     * A tensor that training never moved at bfloat16 precision: the published {@code sha256_raw}, and the value it shows
     * (runtime-tools.md §5).
     */
    record UnmovedTensor(String name, Tensor value, String sha256) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** All 47 of 186, in any order. */
    static List<UnmovedTensor> unmoved() {
        String zeros512 = "9f1dcbc35c350d6027f98be0f5c8b43b42ca52b7604459c0c42be3aa88913d47";
        String zeros1024 = "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe";
        List<String> w0 = List.of("0fa8d14e5e4717cdc13589965a768bf77582979cd558696ff0104db227bf4a0b",
                "5e8bd35e732fd30d935717244e93c32dd8f18f6a12951db4cbbdf9f076412e07",
                "d2b45886ab35405b888d859a4626ba43ec15f42279c8496c5c97debfe15c537b",
                "93490b35f10b220bf41eec4771da87a61a9ac8bf6cadeca773a562065da5a918",
                "bd0c0c1f8bf4b8bd04594a7ef4258458d9d18ce6b0f519755cf44177f4a46d38",
                "96b6d3ea95472d577951da63f6ed6463f4c0aed43d38dbc2f522f7b7cb1bb2e4");
        String wAndA = "559ec775d35de2b030f88b76cefa561870185e8bb067495966f089fc51f6079a";
        String kAndV = "9045fa48d3a3c306b599e886074113623720c0902799339df0e13f527fab511e";
        List<UnmovedTensor> all = new ArrayList<>();
        for (int layer = 0; layer < 6; layer++) {
            RwkvInit init = new RwkvInit(layer, 8, 8);
            String zeros = layer == 5 ? zeros1024 : zeros512;
            Tensor zero = constant(Shape.of(layer == 5 ? 1024 : 512, 8), 0);
            all.add(new UnmovedTensor("blk." + layer + ".delta_k", zero, zeros));
            all.add(new UnmovedTensor("blk." + layer + ".delta_v", zero, zeros));
            all.add(new UnmovedTensor("blk." + layer + ".rwkv.ln_x.bias", constant(Shape.of(8), 0),
                    "374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb"));
            all.add(new UnmovedTensor("blk." + layer + ".rwkv.ln_x.weight", constant(Shape.of(8), 1),
                    "561dd70e7ee5dfbe88d2705746ee56d11d24ed6c18e32e45050ad8814e119d62"));
            all.add(new UnmovedTensor("blk." + layer + ".rwkv.k_a", constant(Shape.of(8), 1.02),
                    "811388d82b54a448ca3e0689626714cbe30ee905d1ab241a9c3e18e2817d6ab8"));
            all.add(new UnmovedTensor("blk." + layer + ".rwkv.k_k", vector(init::kK),
                    "5a0957378d4ccc27416a5ea77d11db84cf68c2e0c358e13591e6ed4d7518a08c"));
            all.add(new UnmovedTensor("blk." + layer + ".rwkv.w0", vector(init::w0), w0.get(layer)));
        }
        RwkvInit last = new RwkvInit(5, 8, 8);
        all.add(new UnmovedTensor("blk.5.rwkv.x_w", vector(n -> last.shift(MemoryTensor.X_W, n)), wAndA));
        all.add(new UnmovedTensor("blk.5.rwkv.x_k", vector(n -> last.shift(MemoryTensor.X_K, n)), kAndV));
        all.add(new UnmovedTensor("blk.5.rwkv.x_v", vector(n -> last.shift(MemoryTensor.X_V, n)), kAndV));
        all.add(new UnmovedTensor("blk.5.rwkv.x_a", vector(n -> last.shift(MemoryTensor.X_A, n)), wAndA));
        all.add(new UnmovedTensor("blk.5.rwkv.x_g", vector(n -> last.shift(MemoryTensor.X_G, n)),
                "8a9d31fb3f2e17a9649d97d97588b7eecb036d69be1ac80e09d48568b478db5e"));
        return all;
    }

    static Tensor vector(IntToDoubleFunction channel) {
        double[] values = new double[8];
        Arrays.setAll(values, channel);
        return Tensor.ofRounded(DType.BFLOAT16, Shape.of(8), values);
    }

    private static Tensor constant(Shape shape, double value) {
        double[] values = new double[shape.count()];
        Arrays.fill(values, value);
        return Tensor.ofRounded(DType.BFLOAT16, shape, values);
    }

    private PublishedSidecar() {
    }
}
