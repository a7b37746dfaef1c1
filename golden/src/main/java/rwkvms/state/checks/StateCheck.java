package rwkvms.state.checks;

import rwkvms.runtime.MemoryRuntime;

/**
 * One line of the contract in state.md, as a check for any runtime.
 *
 * @param name what holds, in words
 */
public record StateCheck(String name, Body body) {
    /** The check itself. */
    @FunctionalInterface
    public interface Body {
        /**
         * Returns if the runtime keeps the line.
         *
         * @throws Nonconformance if not, with the problem
         */
        void on(MemoryRuntime runtime) throws Exception;
    }

    /** Thrown if a runtime does not keep the contract. */
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
