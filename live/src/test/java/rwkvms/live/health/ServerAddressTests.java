package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as users write them, and the URI requested for each. */
final class ServerAddressTests {
    @ParameterizedTest
    @CsvSource(textBlock = """
            http://h:1/v1,           http://h:1/v1,              http://h:1
            http://h:1/v1//,         http://h:1/v1,              http://h:1
            http://h:1,              http://h:1/v1,              http://h:1
            http://h:1/,             http://h:1/v1,              http://h:1
            http://h:/,              http://h/v1,                http://h
            http://h/v1/api/,        http://h/v1/api,            http://h/v1/api
            http://h/proxy/v1,       http://h/proxy/v1,          http://h/proxy
            http://v1,               http://v1/v1,               http://v1
            HTTP://h:1/v1,           http://h:1/v1,              http://h:1
            HttpS://Host/V1,         https://Host/V1,            https://Host/V1
            http://[::1]:8080/v1,    http://[::1]:8080/v1,       http://[::1]:8080
            http://127.0.0.1,        http://127.0.0.1/v1,        http://127.0.0.1
            http://my_host:8080/v1,  http://my_host:8080/v1,     http://my_host:8080
            http://_a.b_:65535/v1/,  http://_a.b_:65535/v1,      http://_a.b_:65535
            http://host./v1,         http://host./v1,            http://host.
            http://bücher.example,   http://xn--bcher-kva.example/v1, http://xn--bcher-kva.example
            """)
    void addresses(String given, String base, String root) {
        ServerAddress address = ServerAddress.of(URI.create(given));
        assertThat(address.base()).isEqualTo(base);
        assertThat(address.root()).isEqualTo(root);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h:1", "//h:1", "ftp://h/v1", "http:h", "http:///v1", "http://h:0/v1", "http://h:65536",
            "http://h:123456", "http://h:a/v1", "http://user@h/v1", "http://user:secret@h/v1", "http://h?a=b",
            "http://h#a", "http://-h/v1", "http://h-/v1", "http://a%20b/v1", "http://[::1]x/v1"})
    void refuses(String given) {
        assertThatIllegalArgumentException().isThrownBy(() -> ServerAddress.of(URI.create(given)));
    }

    @Test
    void aNameWithAnUnderscoreIsAskedByItsNumber() throws Exception {
        ServerAddress address = ServerAddress.of(URI.create("http://my_host:8080/v1"));
        byte[] six = new byte[16];
        six[15] = 1;
        assertThat(address.asked("http://my_host:8080/v1/models", host -> InetAddress.getByAddress(host, six)))
                .isEqualTo(URI.create("http://[0:0:0:0:0:0:0:1]:8080/v1/models"));
        assertThat(address.hostHeader()).contains("my_host:8080");
        assertThat(ServerAddress.of(URI.create("http://h:1")).hostHeader()).isEmpty();
        ServerAddress secure = ServerAddress.of(URI.create("https://my_host"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> secure.asked("https://my_host/health", InetAddress::getByName))
                .withMessage("a name with an underscore, which no certificate may have: my_host");
    }
}
