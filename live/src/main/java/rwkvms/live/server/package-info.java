/**
 * {@code gate serve}: an OpenAI-compatible HTTP server over an unmodified llama.cpp with the RWKV-MS memory of the C++
 * runtime, one slot, and the paths that a llama-server has for saving and restoring it (runtime-tools.md).
 */
@NullMarked
package rwkvms.live.server;

import org.jspecify.annotations.NullMarked;
