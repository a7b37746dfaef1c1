/**
 * ggml, bound with {@code java.lang.foreign} as far as the bindings of llama.cpp need it. Facts about the library are those of
 * llama-cpp.md.
 */
@NullMarked
package rwkvms.ggml;

import org.jspecify.annotations.NullMarked;
