package rwkvms.report;

import java.util.List;

/** What an {@link Entry} has beyond its outcome: a page, figures, remarks about places in its file. */
public interface EntryDetails {
    EntryDetails NONE = new EntryDetails() {
    };

    /** The page; empty if there is none. */
    default String html() {
        return "";
    }

    /** Puts the page, and what belongs to it, into a test's result. */
    default void attach(AllureReport report) {
    }

    /** Figures that a report keeps as files. */
    default List<Figure> figures() {
        return List.of();
    }

    /** Whether the page is long: then it is shown only if the entry failed or is the only one. */
    default boolean isLong() {
        return false;
    }

    default List<Remark> remarks() {
        return List.of();
    }

    /** The number of remarks that were left out because there were too many. */
    default int omittedRemarks() {
        return 0;
    }
}
