package rwkvms.live.fork;

/** The answer that an executable must give, by what we find in the same files. */
public enum ExpectedAnswer {
    /** The files are sound, and the values agree. */
    OK("ok"),
    /** A value of the fixture is not what the module computes. */
    DIFFERS("not ok, a difference"),
    /** The input must not be run. */
    REFUSED("not ok, a refusal"),
    /** Our runtime does not evaluate the case either: only crashes and stalls count. */
    ANY("any, not evaluated");

    private final String words;

    ExpectedAnswer(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
