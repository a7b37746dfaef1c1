/**
 * Checks of a live server that runs a sidecar, ours or a fork's llama-server (runtime-tools.md): always a verdict, within a
 * time limit, whatever the server answers.
 */
@NullMarked
package rwkvms.live.health;

import org.jspecify.annotations.NullMarked;
