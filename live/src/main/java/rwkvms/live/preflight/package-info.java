/** Whether a launch command of a llama-server runs a sidecar the way it must be run. */
@NullMarked
package rwkvms.live.preflight;

import org.jspecify.annotations.NullMarked;
