/** A GGUF sidecar as typed objects (sidecar.md): its keys, settings, texts and layer weights, and its writer. */
@NullMarked
package rwkvms.sidecar;

import org.jspecify.annotations.NullMarked;
