/** Tests of the state payload's Java model. */
@NullMarked
package rwkvms.state;

import org.jspecify.annotations.NullMarked;
