package rwkvms.live.fork;

/** The answer that our own judgement of the same files asks for. */
public enum ExpectedAnswer {
    /** All is sound and agrees. */
    OK("ok"),
    /** A value of the fixture is not what the module computes. */
    DIFFERS("not ok, a difference"),
    /** The input is not one that may be run. */
    REFUSED("not ok, a refusal"),
    /** Our runtime does not evaluate it either; only crashes and stalls count. */
    ANY("any, not evaluated");

    private final String words;

    ExpectedAnswer(String words) {
        this.words = words;
    }

    /** For people. */
    public String words() {
        return words;
    }
}
