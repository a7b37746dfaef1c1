/** Tests of the reports on a whole build. */
@NullMarked
package rwkvms.allure;

import org.jspecify.annotations.NullMarked;
