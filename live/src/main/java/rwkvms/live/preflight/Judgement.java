package rwkvms.live.preflight;

/** What a launch with a sidecar may do with an option. */
enum Judgement {
    /** Judged by a rule of its own. */
    RULED,
    /** Passes with any value. */
    HARMLESS,
    /** Of another program: a server does not know it, and passes over it in a config.ini. */
    FOREIGN,
    /** Refused, but for the values that are right. */
    REFUSED,
    /** A warning, but for the values that are right. */
    WARNED,
    /** Not evaluated, but for the values that are right. */
    UNJUDGED
}
