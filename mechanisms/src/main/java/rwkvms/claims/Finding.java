package rwkvms.claims;

import java.util.Locale;

/** What became of a claim. */
public enum Finding {
    /** Recomputed, and equal. */
    CONFIRMED,
    /** The numbers are right, the words say more or other than they do; the note has the exact statement. */
    IMPRECISE,
    /** Recomputed, and different. */
    REFUTED,
    /** Nothing here could tell; the note has the reason. Never counts as confirmed. */
    NOT_CHECKABLE;

    /** Such as {@code not checkable}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
