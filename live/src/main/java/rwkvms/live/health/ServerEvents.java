package rwkvms.live.health;

import java.util.ArrayList;
import java.util.List;

/**
 * Server-sent events as their standard defines them (HTML, 9.2.6): lines end with CR, LF or both; one space after the
 * colon is dropped; lines of data are joined; comments and unknown fields are ignored; and an event without an empty
 * line after it does not count. The one exception is {@code [DONE]}: it ends the stream, so it may lack the empty line.
 */
final class ServerEvents {
    static final String DONE = "[DONE]";
    private static final String ERROR = "error";

    private final List<Event> events = new ArrayList<>();
    private final List<String> data = new ArrayList<>();
    private String type = "";

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
            // Not a field of the standard: older llama-servers report in it what went wrong in the middle of an answer.
            case ERROR -> events.add(new Event(ERROR, value));
            default -> {
                // comments, id, retry and unknown fields say nothing about an answer
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
