/** Tests of the package of the same name, on the libraries that the build made. */
@NullMarked
package rwkvms.nativeruntime;

import org.jspecify.annotations.NullMarked;
