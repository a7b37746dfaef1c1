package rwkvms.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that could not be judged.
 *
 * @param name    of what was to be judged
 * @param message why, with the place
 * @param file    the file that it is about, for annotations; empty if there is none
 */
public record Obstacle(String name, String message, String file) {
    public Obstacle(String name, String message) {
        this(name, message, "");
    }

    /** Returns obstacles for inputs of a run, numbered because they have no names. */
    public static List<Obstacle> inputs(List<String> messages) {
        List<Obstacle> inputs = new ArrayList<>();
        messages.forEach(message -> inputs.add(new Obstacle("input " + (inputs.size() + 1), message)));
        return inputs;
    }
}
