/** Tests of the llama.cpp bindings. */
@NullMarked
package rwkvms.llama;

import org.jspecify.annotations.NullMarked;
