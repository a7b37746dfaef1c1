package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events as the server-sent events standard defines them. */
final class ServerEventsTests {
    /** With %n for LF, %r for CR, %b for a byte order mark; an event is shown as its type and its data. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                    | ``
            data: a%n%n                           | (a)
            data:a%n%n                            | (a)
            `data:  a %n%n`                       | ( a )
            data: a%r%n%r%ndata: b%r%n%r%n        | (a)(b)
            data: a%r%rdata: b%r%r                | (a)(b)
            data: a%r%n%ndata: b%n%r%n            | (a)(b)
            %bdata: a%n%n                         | (a)
            data: a%ndata: b%n%n                  | (a/b)
            data: a%ndata%ndata:%n%n              | (a//)
            data:%n%n                             | ()
            : ping%n%ndata: a%n: in between%n%n   | (a)
            id: 7%nretry: 10%ndata: a%nother: x%n%n | (a)
            event: delta%ndata: a%n%ndata: b%n%n  | delta(a)(b)
            data: a%nevent:error%n%n              | error(a)
            event: delta%n%ndata: a%n%n           | (a)
            error: {"code":500}%n%n               | error({"code":500})
            Data: a%n data: b%n%n                 | ``
            data: a                               | ``
            data: a%n                             | ``
            data: a%n%ndata: b%n                  | (a)
            data: a%ndata: [DONE]                 | ``
            data: [DONE]%n%n                      | ([DONE])
            data: [DONE]%n                        | ([DONE])
            data:[DONE]                           | ([DONE])
            """)
    void events(String body, String events) {
        String stream = body.replace("%n", "\n").replace("%r", "\r").replace("%b", "\ufeff");
        assertThat(ServerEvents.of(stream).stream()
                .map(event -> event.type() + "(" + event.data().replace("\n", "/") + ")")
                .collect(Collectors.joining())).isEqualTo(events);
    }
}
