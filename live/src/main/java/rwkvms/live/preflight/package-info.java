/** Judges whether a launch command of a llama-server runs a sidecar as it must be run. */
@NullMarked
package rwkvms.live.preflight;

import org.jspecify.annotations.NullMarked;
