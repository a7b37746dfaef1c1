package rwkvms.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that could not be judged.
 *
 * @param name    of what it was to be
 * @param message why, with the place
 * @param file    the file that it is about, for annotations; empty where there is none
 */
public record Obstacle(String name, String message, String file) {
    public Obstacle(String name, String message) {
        this(name, message, "");
    }

    /** Inputs of a run, which have no names. */
    public static List<Obstacle> inputs(List<String> messages) {
        List<Obstacle> inputs = new ArrayList<>();
        messages.forEach(message -> inputs.add(new Obstacle("input " + (inputs.size() + 1), message)));
        return inputs;
    }
}
