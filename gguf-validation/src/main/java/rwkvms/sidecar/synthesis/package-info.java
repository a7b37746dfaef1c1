/** Sidecars with weights drawn from a seed, and damage done to sidecars on purpose. */
@NullMarked
package rwkvms.sidecar.synthesis;

import org.jspecify.annotations.NullMarked;
