/** What a run leaves for people to read: Allure results, error plots and provenance. */
@NullMarked
package rwkvms.report;

import org.jspecify.annotations.NullMarked;
