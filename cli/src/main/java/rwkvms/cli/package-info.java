/** The command line tool, gate.md. */
@NullMarked
package rwkvms.cli;

import org.jspecify.annotations.NullMarked;
