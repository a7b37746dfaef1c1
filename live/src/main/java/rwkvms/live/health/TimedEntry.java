package rwkvms.live.health;

import java.time.Duration;
import rwkvms.report.Entry;

/** The result of one check, and how long it took. */
public record TimedEntry(Entry entry, Duration took) {
}
