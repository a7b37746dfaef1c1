/** Malformed sidecars in the validator, the C++ runtime and ggml's own reader, and the differences that are intended. */
@NullMarked
package rwkvms.parity.sidecar;

import org.jspecify.annotations.NullMarked;
