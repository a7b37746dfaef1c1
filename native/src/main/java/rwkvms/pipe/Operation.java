package rwkvms.pipe;

import java.util.Locale;

/** What the gate asks a program for (pipe.md). */
enum Operation {
    HELLO, OPEN, CLOSE, START, END, FORWARD, SCAN, GET_STATE, SET_STATE, RESET, SAVE, LOAD;

    /** The name in messages, such as {@code get_state}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
