package rwkvms.live.library;

import rwkvms.runtime.TensorSet;

/** The answer of a library, in a process of its own, to one case. */
public sealed interface Answer {
    /** The computed tensors, which the reader judges. */
    record Tensors(TensorSet tensors) implements Answer {
    }

    /** The library does not support the case. */
    record Missed(String reason) implements Answer {
    }

    /** The library refused the case, or returned something malformed. */
    record Failed(String problem) implements Answer {
    }

    /** The process ended during this case. */
    record Died(String problem) implements Answer {
    }

    /** The case could not be given to the library. */
    record Unusable(String problem) implements Answer {
    }

    /** The case was not run: too many before it ended the process. */
    record NotRun() implements Answer {
    }
}
