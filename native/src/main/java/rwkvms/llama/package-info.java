/**
 * An unmodified llama.cpp, bound with {@code java.lang.foreign}: models, contexts, tokens in, logits out, the KV cache
 * and its saved state; and a tiny Gemma4 to run in it. llama-cpp.md has the facts about the library.
 */
@NullMarked
package rwkvms.llama;

import org.jspecify.annotations.NullMarked;
