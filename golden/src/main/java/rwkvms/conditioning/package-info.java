/**
 * What float32 can know of a value: math.md once more, in double, run again and again with each result off by what float32's
 * rounding could make of it ({@link rwkvms.conditioning.Conditioning}).
 */
@NullMarked
package rwkvms.conditioning;

import org.jspecify.annotations.NullMarked;
