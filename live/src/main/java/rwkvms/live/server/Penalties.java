package rwkvms.live.server;

/**
 * What recent tokens lose, with the names of a llama-server's request.
 *
 * @param last      tokens back that count ({@code repeat_last_n}); −1: all
 * @param repeat    what their logits are divided by, multiplied where they are negative; 1: nothing
 * @param frequency what is taken from a logit each time that its token is there
 * @param presence  what is taken from a logit once where its token is there
 */
record Penalties(int last, double repeat, double frequency, double presence) {
    /** Tokens back that a llama-server looks at. */
    static final int USUAL_LAST = 64;

    /** Of repetition alone. */
    static Penalties of(double repeat) {
        return new Penalties(USUAL_LAST, repeat, 0, 0);
    }

    /** Whether no logit is changed. */
    boolean none() {
        return last == 0 || (repeat == 1 && frequency == 0 && presence == 0);
    }
}
