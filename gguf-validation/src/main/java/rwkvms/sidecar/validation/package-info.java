/** The validator, which says everything that is wrong with a sidecar, and the reader, which opens only what it accepts. */
@NullMarked
package rwkvms.sidecar.validation;

import org.jspecify.annotations.NullMarked;
