/** Faults put into copies of the C++ runtime's sources, one at a time, and which of the suites notices each. */
@NullMarked
package rwkvms.faults;

import org.jspecify.annotations.NullMarked;
