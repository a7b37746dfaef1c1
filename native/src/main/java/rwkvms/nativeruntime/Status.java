package rwkvms.nativeruntime;

/** Status codes of {@code rwkv_ms.h} that this side tells apart; all others are failures alike. */
final class Status {
    static final int OK = 0;
    static final int SHORT_BUFFER = 2;
    static final int UNSUPPORTED = 7;
    static final int NUM_STATE_HEADS = 117;

    private Status() {
    }
}
