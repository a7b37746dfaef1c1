package rwkvms.cli;

/**
 * Something that a run was asked to judge.
 *
 * @param name      as a list of {@code --require} has it
 * @param part      what it is counted with
 * @param tensors   that belong to it, as far as they are known
 * @param evaluated whether it was judged, with whatever outcome
 */
record Coverage(String name, String part, int tensors, boolean evaluated) {
    /** The part of what a runtime may do without: only {@code --require} asks for it. */
    static final String OPTIONAL = "";
}
