package rwkvms.report;

import java.util.List;

/** What the page of an {@link Entry} shows. */
public interface EntryDetails {
    /** An entry without a page. */
    EntryDetails NONE = new EntryDetails() {
        @Override
        public String html() {
            return "";
        }

        @Override
        public void attach(AllureReport report) {
            // nothing to show
        }
    };

    /** The page; empty where there is none. */
    String html();

    /** Puts the page, and what belongs to it, into a test's result. */
    void attach(AllureReport report);

    /** Figures that a report keeps as files. */
    default List<Figure> figures() {
        return List.of();
    }

    /** Whether the page is long: then it is shown of what failed, or of the only entry. */
    default boolean isLong() {
        return false;
    }
}
