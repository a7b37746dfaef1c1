/**
 * ggml and its GGUF reader, bound with {@code java.lang.foreign} as far as the suite needs them: bare matrix products on the
 * CPU backend, and the header of a GGUF file. Facts about the library are those of llama-cpp.md.
 */
@NullMarked
package rwkvms.ggml;

import org.jspecify.annotations.NullMarked;
