/**
 * A checkpoint of PyTorch as a folder (sidecar.md, "Round trip"): two JSON files and the tensors, read from a
 * {@code .pt} file by a reader that runs nothing, or from safetensors; and its way to a sidecar and back.
 */
@NullMarked
package rwkvms.checkpoint;

import org.jspecify.annotations.NullMarked;
