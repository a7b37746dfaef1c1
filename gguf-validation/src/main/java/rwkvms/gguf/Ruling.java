package rwkvms.gguf;

/** The ruling of one profile on a fault or on a whole file; a later constant weighs more. */
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
