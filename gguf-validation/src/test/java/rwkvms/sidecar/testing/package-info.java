/** Sidecars for tests of every module: valid ones, and every way to make one wrong. */
@NullMarked
package rwkvms.sidecar.testing;

import org.jspecify.annotations.NullMarked;
