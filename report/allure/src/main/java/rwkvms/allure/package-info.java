/** The reports on a whole build: Allure's page, and the release page that a maintainer signs. */
@NullMarked
package rwkvms.allure;

import org.jspecify.annotations.NullMarked;
