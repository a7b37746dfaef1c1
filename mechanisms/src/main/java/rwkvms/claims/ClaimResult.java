package rwkvms.claims;

import java.util.Locale;

/** The result of recomputing a claim. */
public enum ClaimResult {
    /** Recomputed, and equal. */
    CONFIRMED,
    /** The numbers are right, but the words say something else; the note has the exact statement. */
    IMPRECISE,
    /** Recomputed, and different. */
    REFUTED,
    /** Nothing here can decide it; the note has the reason. Never counts as confirmed. */
    NOT_CHECKABLE;

    /** The result in words, such as {@code not checkable}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
