/** The state payload (docs/state-format.md) in Java: written, read, refused, found in files, independently of the C++ runtime. */
@NullMarked
package rwkvms.state;

import org.jspecify.annotations.NullMarked;
