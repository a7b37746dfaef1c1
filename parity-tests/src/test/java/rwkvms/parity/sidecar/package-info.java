/** Malformed sidecars on the validator, on the C++ runtime and on ggml's own reader, and where they may differ. */
@NullMarked
package rwkvms.parity.sidecar;

import org.jspecify.annotations.NullMarked;
