/**
 * An unmodified llama.cpp, bound with {@code java.lang.foreign}: models, contexts, tokens in, logits out, the memory of the
 * KV cache and its saved state; and a tiny Gemma4 to run in it. Facts about the library are those of llama-cpp.md.
 */
@NullMarked
package rwkvms.llama;

import org.jspecify.annotations.NullMarked;
