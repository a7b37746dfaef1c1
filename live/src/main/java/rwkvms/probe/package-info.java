/** A library of others that exports rwkv_ms.h, put to every check in a process of its own: {@link rwkvms.probe.Probe}. */
@NullMarked
package rwkvms.probe;

import org.jspecify.annotations.NullMarked;
