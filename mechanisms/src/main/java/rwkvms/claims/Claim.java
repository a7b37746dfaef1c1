package rwkvms.claims;

/**
 * One published claim and what became of it.
 *
 * @param topic      what it is about, such as {@code parameters}
 * @param subject    which claim of the topic, in a few words
 * @param claimed    as published
 * @param recomputed the same, recomputed; empty where it could not be
 * @param note       the exact statement behind an imprecise one, the reason behind one that is not checkable, else how it
 *                   was recomputed
 */
public record Claim(String topic, String subject, String claimed, String recomputed, Finding finding, String note) {
    public Claim {
        if (recomputed.isEmpty() != (finding == Finding.NOT_CHECKABLE)) {
            throw new IllegalArgumentException(subject + ": expected a recomputed value of all but those that are not"
                    + " checkable, found \"" + recomputed + "\" of one that is " + finding.label());
        }
    }

    /** Confirmed where both texts are equal, refuted where not. */
    static Claim compared(String topic, String subject, String claimed, String recomputed, String note) {
        return new Claim(topic, subject, claimed, recomputed,
                claimed.equals(recomputed) ? Finding.CONFIRMED : Finding.REFUTED, note);
    }

    static Claim notCheckable(String topic, String subject, String claimed, String reason) {
        return new Claim(topic, subject, claimed, "", Finding.NOT_CHECKABLE, reason);
    }

    /** The numbers hold and the words do not; where not even the numbers hold, refuted. */
    Claim butExactly(String statement) {
        return new Claim(topic, subject, claimed, recomputed,
                finding == Finding.CONFIRMED ? Finding.IMPRECISE : finding, statement);
    }
}
