/** Every golden fixture on every runtime, runtimes against each other, chunked against whole, random models. */
@NullMarked
package rwkvms.parity;

import org.jspecify.annotations.NullMarked;
