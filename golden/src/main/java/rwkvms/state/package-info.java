/**
 * The state payload (docs/state-format.md) in Java, independently of the C++ runtime: writes it, reads it and finds it in
 * files.
 */
@NullMarked
package rwkvms.state;

import org.jspecify.annotations.NullMarked;
