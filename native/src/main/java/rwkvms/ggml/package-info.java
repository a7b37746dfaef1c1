/**
 * The part of ggml that the bindings of llama.cpp need, bound with {@code java.lang.foreign}. llama-cpp.md has the
 * facts about the library.
 */
@NullMarked
package rwkvms.ggml;

import org.jspecify.annotations.NullMarked;
