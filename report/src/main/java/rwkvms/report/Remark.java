package rwkvms.report;

import java.util.List;
import java.util.OptionalLong;

/**
 * One thing that an {@link Entry} has to say about a place in its file.
 *
 * @param place      in words
 * @param byteOffset of the place; empty if it has none
 */
public record Remark(Rule rule, String message, String place, OptionalLong byteOffset) {
    /**
     * What remarks of one code have in common.
     *
     * @param help  where to read more
     * @param error whether such a remark makes the entry fail
     */
    public record Rule(String code, String description, String meaning, String help, boolean error,
            List<String> tags) {
        public Rule {
            tags = List.copyOf(tags);
        }
    }
}
