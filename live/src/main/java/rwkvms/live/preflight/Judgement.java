package rwkvms.live.preflight;

/** What a launch with a sidecar may do with an option. */
enum Judgement {
    /** A rule of its own judges it. */
    RULED,
    /** It passes with any value. */
    HARMLESS,
    /** It belongs to another program: a server does not know it, and ignores it in a config.ini. */
    FOREIGN,
    /** It is refused unless its value is right. */
    REFUSED,
    /** It is a warning unless its value is right. */
    WARNED,
    /** It is not evaluated unless its value is right. */
    UNJUDGED;

    /** Whether a corrected command takes such an option out. */
    boolean isChanged() {
        return this == RULED || this == REFUSED;
    }
}
