package rwkvms.llama;

import java.nio.file.Path;

import rwkvms.ggml.Ggml;

/** Decodes two tokens of a tiny model with the llama.cpp of {@code rwkvms.native}: {@code ForkTreeRun FOLDER}. */
final class ForkTreeRun {
    private static final long SEED = 3;

    private ForkTreeRun() {
    }

    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[0], "tiny.gguf");
        TinyGemma4.write(file, Gemma4Sizes.tiny(), SEED);
        Llama llama = Llama.open(Ggml.open());
        try (LlamaModel model = llama.load(file); LlamaContext context = model.newContext(ContextSettings.of(256))) {
            context.decode(0, 1, 2);
            System.out.println(llama.release() + ": " + (context.memory().lastPosition(0) + 1) + " tokens");
        }
    }
}
