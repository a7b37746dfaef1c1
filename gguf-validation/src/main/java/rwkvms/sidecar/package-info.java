/**
 * What a GGUF sidecar means (sidecar.md): its configuration and layer weights as typed objects, its writer, and the
 * validator that says everything that is wrong with one.
 */
@NullMarked
package rwkvms.sidecar;

import org.jspecify.annotations.NullMarked;
