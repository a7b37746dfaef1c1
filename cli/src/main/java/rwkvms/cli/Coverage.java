package rwkvms.cli;

/**
 * Something that a run was asked to judge.
 *
 * @param name      as in a file for {@code --require}
 * @param part      the group that it is counted in
 * @param tensors   number of its tensors, if known
 * @param evaluated whether it was judged, with any outcome
 */
record Coverage(String name, String part, int tensors, boolean evaluated) {
    /** The part of the things that a runtime need not have: only {@code --require} asks for it. */
    static final String OPTIONAL = "";
}
