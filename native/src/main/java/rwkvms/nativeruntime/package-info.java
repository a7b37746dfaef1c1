/**
 * The C++ runtime behind {@code rwkv_ms.h}, bound with {@code java.lang.foreign}: our own library or any that exports the
 * same header.
 */
@NullMarked
package rwkvms.nativeruntime;

import org.jspecify.annotations.NullMarked;
