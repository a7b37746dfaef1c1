package rwkvms.live.server;

/**
 * The penalties of recent tokens, with the names of a llama-server's request.
 *
 * @param last      how many recent tokens count ({@code repeat_last_n}); −1: all
 * @param repeat    divides positive logits and multiplies negative ones; 1: no effect
 * @param frequency is subtracted from a logit for each occurrence of its token
 * @param presence  is subtracted once from the logit of a token that occurs
 */
record Penalties(int last, double repeat, double frequency, double presence) {
    /** How many recent tokens a llama-server looks at by default. */
    static final int USUAL_LAST = 64;

    /** Whether no logit is changed. */
    boolean none() {
        return last == 0 || (repeat == 1 && frequency == 0 && presence == 0);
    }
}
