/**
 * The C++ runtime, bound through {@code rwkv_ms.h} with {@code java.lang.foreign}: our own library, or any other that
 * exports the same header.
 */
@NullMarked
package rwkvms.nativeruntime;

import org.jspecify.annotations.NullMarked;
