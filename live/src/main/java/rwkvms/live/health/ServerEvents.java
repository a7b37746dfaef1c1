package rwkvms.live.health;

import java.util.ArrayList;
import java.util.List;

/**
 * Server-sent events by their standard (HTML, 9.2.6): lines end with CR, LF or both, a blank behind the colon is left out, lines
 * of data are joined, comments and unknown fields are nothing, and an event that no empty line ends never happened. The one
 * exception is {@code [DONE]}: it ends the stream and has nothing to lose, so it may lack its empty line.
 */
final class ServerEvents {
    static final String DONE = "[DONE]";
    private static final String ERROR = "error";

    private final List<Event> events = new ArrayList<>();
    private final List<String> data = new ArrayList<>();
    private String type = "";

    /** One event. */
    record Event(String type, String data) {
        boolean ends() {
            return data.strip().equals(DONE);
        }

        boolean isError() {
            return type.equals(ERROR);
        }
    }

    private ServerEvents() {
    }

    /** All events of a stream. */
    static List<Event> of(String body) {
        ServerEvents stream = new ServerEvents();
        SuiteText.withoutMark(body).lines().forEach(stream::take);
        if (stream.event().ends()) {
            stream.dispatch();
        }
        return stream.events;
    }

    private void take(String line) {
        if (line.isEmpty()) {
            dispatch();
            return;
        }
        int colon = line.indexOf(':');
        String name = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        field(name, value.startsWith(" ") ? value.substring(1) : value);
    }

    private void field(String name, String value) {
        switch (name) {
            case "data" -> data.add(value);
            case "event" -> type = value;
            // No field of the standard, but llama-server's of old: what went wrong in the middle of an answer.
            case ERROR -> events.add(new Event(ERROR, value));
            default -> {
                // comments, id, retry and what is unknown say nothing of an answer
            }
        }
    }

    private Event event() {
        return new Event(type, String.join("\n", data));
    }

    private void dispatch() {
        if (!data.isEmpty()) {
            events.add(event());
        }
        data.clear();
        type = "";
    }
}
