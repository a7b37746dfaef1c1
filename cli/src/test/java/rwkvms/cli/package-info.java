/** Tests of the command line tool as its users see it: exit codes, standard output, standard error. */
@NullMarked
package rwkvms.cli;

import org.jspecify.annotations.NullMarked;
