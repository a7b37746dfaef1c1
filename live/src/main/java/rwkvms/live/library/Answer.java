package rwkvms.live.library;

import rwkvms.runtime.TensorSet;

/** What a library in a process of its own made of one case. */
public sealed interface Answer {
    /** What it computed, to be judged by who reads it. */
    record Tensors(TensorSet tensors) implements Answer {
    }

    /** It does not support the case. */
    record Missed(String reason) implements Answer {
    }

    /** It refused, or gave something of the wrong form. */
    record Failed(String problem) implements Answer {
    }

    /** Its process ended in this case. */
    record Died(String problem) implements Answer {
    }

    /** The case could not be put to it. */
    record Unusable(String problem) implements Answer {
    }

    /** Too many cases before this one took the process down. */
    record NotRun() implements Answer {
    }
}
