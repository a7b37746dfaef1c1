package rwkvms.state.checks;

import rwkvms.runtime.MemoryRuntime;

/**
 * One line of the contract of state.md as a check that any runtime can be put to.
 *
 * @param name what holds, in words
 */
public record StateCheck(String name, Body body) {
    /** What a runtime is put through. */
    @FunctionalInterface
    public interface Body {
        /**
         * Ends where all is as it should be.
         *
         * @throws Nonconformance  with what is not
         */
        void on(MemoryRuntime runtime) throws Exception;
    }

    /** A runtime does not keep the contract. */
    public static final class Nonconformance extends RuntimeException {
        private static final long serialVersionUID = 1;

        Nonconformance(String problem) {
            super(problem);
        }
    }

    /** Fails with the problem unless it holds. */
    static void require(boolean holds, String problem) {
        if (!holds) {
            throw new Nonconformance(problem);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
