/**
 * Checks of a live server that runs a sidecar, ours or a fork's llama-server (runtime-tools.md). Whatever the server
 * answers, there is a verdict within a time limit.
 */
@NullMarked
package rwkvms.live.health;

import org.jspecify.annotations.NullMarked;
