/**
 * Puts somebody else's library that exports rwkv_ms.h to every check, in a process of its own:
 * {@link rwkvms.live.probe.Probe}.
 */
@NullMarked
package rwkvms.live.probe;

import org.jspecify.annotations.NullMarked;
