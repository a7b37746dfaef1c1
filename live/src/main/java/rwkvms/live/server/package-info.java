/**
 * The server of {@code gate serve}: OpenAI-compatible HTTP over an unmodified llama.cpp with the RWKV-MS memory of the
 * C++ runtime, one slot, and the paths by which a llama-server saves and restores it (runtime-tools.md).
 */
@NullMarked
package rwkvms.live.server;

import org.jspecify.annotations.NullMarked;
