package rwkvms.gguf;

/** What one profile makes of one fault, or of a whole file; the later one weighs more. */
public enum Ruling {
    /** The profile has no objection. */
    TAKES,
    /** The header loads; whoever then reads the data gets a refusal or an abort. */
    REFUSES_DATA,
    /** Not evaluated: this reader stopped at a limit of its own. */
    UNDECIDED,
    /** The profile forbids it. */
    REFUSES
}
