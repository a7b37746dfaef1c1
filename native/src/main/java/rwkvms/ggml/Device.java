package rwkvms.ggml;

import java.util.List;

/**
 * Something that ggml computes on.
 *
 * @param name    ggml's, such as {@code Vulkan0}
 * @param kind    {@code processor}, {@code GPU}, {@code integrated GPU}, {@code accelerator}, or ggml's number of another
 * @param free    bytes of its memory
 * @param library file name of ggml's code for it; empty if ggml has it built in
 * @param buffers name of the buffer type in which it computes
 */
public record Device(String name, String description, String kind, long free, long total, String library,
        String buffers) {
    /** ggml's name of the processor. */
    public static final String PROCESSOR = "CPU";

    /** The processor, for those who need no more than its name and buffers. */
    public static final Device OF_THE_PROCESSOR = new Device(PROCESSOR, "", "processor", 0, 0, "", PROCESSOR);

    private static final List<String> KINDS = List.of("processor", "GPU", "integrated GPU", "accelerator");
    private static final String BETWEEN = "\t";
    private static final int FIELDS = 7;

    static String kind(int type) {
        return type >= 0 && type < KINDS.size() ? KINDS.get(type) : "kind " + type;
    }

    /** Whether it is the processor of this machine, on which everything runs unless a device is asked for. */
    public boolean isProcessor() {
        return kind.equals(KINDS.getFirst());
    }

    /** One line, for {@link #of}. */
    String line() {
        return String.join(BETWEEN, name, description.replace(BETWEEN, " "), kind, "" + free, "" + total, library,
                buffers);
    }

    static Device of(String line) {
        String[] fields = line.split(BETWEEN, FIELDS);
        return new Device(fields[0], fields[1], fields[2], Long.parseLong(fields[3]), Long.parseLong(fields[4]),
                fields[5], fields[6]);
    }
}
