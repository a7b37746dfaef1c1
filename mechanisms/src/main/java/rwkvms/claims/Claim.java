package rwkvms.claims;

/**
 * A published claim with the result of it.
 *
 * @param topic      such as {@code parameters}
 * @param subject    the claim, in a few words
 * @param claimed    as published
 * @param recomputed the value as recomputed; empty if that is not possible
 * @param note       the exact statement for an imprecise claim, the reason for one that is not checkable, else how it was
 *                   recomputed
 */
public record Claim(String topic, String subject, String claimed, String recomputed, ClaimResult result, String note) {
    public Claim {
        if (recomputed.isEmpty() != (result == ClaimResult.NOT_CHECKABLE)) {
            throw new IllegalArgumentException(subject + ": expected a recomputed value of all but those that are not"
                    + " checkable, found \"" + recomputed + "\" of one that is " + result.label());
        }
    }

    /** A claim that is confirmed if both texts are equal, and refuted otherwise. */
    static Claim compared(String topic, String subject, String claimed, String recomputed, String note) {
        return new Claim(topic, subject, claimed, recomputed,
                claimed.equals(recomputed) ? ClaimResult.CONFIRMED : ClaimResult.REFUTED, note);
    }

    static Claim notCheckable(String topic, String subject, String claimed, String reason) {
        return new Claim(topic, subject, claimed, "", ClaimResult.NOT_CHECKABLE, reason);
    }

    /** The claim as imprecise, with the exact statement; a claim whose numbers do not hold stays refuted. */
    Claim butExactly(String statement) {
        return new Claim(topic, subject, claimed, recomputed,
                result == ClaimResult.CONFIRMED ? ClaimResult.IMPRECISE : result, statement);
    }
}
