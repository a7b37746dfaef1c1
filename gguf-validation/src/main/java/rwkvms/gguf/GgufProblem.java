package rwkvms.gguf;

/**
 * One fault of a container: what is wrong, where, what was expected and found, and how each profile rules.
 *
 * @param place the part of the file, such as {@code tensor 3's name} or {@code key "delta_mem.rank"}
 * @param offset byte offset in the file of what was found
 */
public record GgufProblem(GgufFault fault, String place, long offset, String expected, String found,
        Rulings rulings) {
    /** Place, offset, expected and found in one sentence. */
    public String message() {
        return place + " at byte " + offset + ": expected " + expected + ", found " + found;
    }
}
