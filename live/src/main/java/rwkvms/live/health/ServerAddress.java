package rwkvms.live.health;

import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a server: a scheme in any case; a host, which may be an IPv6 literal or have underscores or letters
 * beyond ASCII; and the path of the API, {@code /v1} by default.
 */
public final class ServerAddress {
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[^\\]]+]|[^\\[\\]:@]+)(?::(\\d{0,5}))?");
    private static final Pattern ASCII_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?");
    private static final int MAX_PORT = 65_535;

    private final String scheme;
    private final String host;
    private final Optional<Integer> port;
    private final String path;

    /** Resolves the name of a host. */
    interface Names {
        InetAddress address(String host) throws IOException;
    }

    private ServerAddress(String scheme, String host, Optional<Integer> port, String path) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.path = path;
    }

    /** Reads an address; {@link IllegalArgumentException} if it is none of a server. */
    public static ServerAddress of(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        String authority = url.getRawAuthority();
        if (authority == null || !(scheme.equals("http") || scheme.equals("https")) || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            throw new IllegalArgumentException("no address of a server");
        }
        Matcher parts = AUTHORITY.matcher(authority);
        if (!parts.matches()) {
            throw new IllegalArgumentException("no address of a server");
        }
        String path = url.getRawPath().replaceAll("/+$", "");
        return new ServerAddress(scheme, host(parts.group(1)), port(parts.group(2)), path.isEmpty() ? "/v1" : path);
    }

    private static Optional<Integer> port(@Nullable String digits) {
        if (digits == null || digits.isEmpty()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("no port");
        }
        return Optional.of(port);
    }

    private static String host(String host) {
        if (host.startsWith("[")) {
            return host;
        }
        String ascii = ASCII_NAME.matcher(host).matches() ? host : IDN.toASCII(host);
        if (!ASCII_NAME.matcher(ascii).matches()) {
            throw new IllegalArgumentException("no name of a host");
        }
        return ascii;
    }

    private String authority(String name) {
        return name + port.map(number -> ":" + number).orElse("");
    }

    /** Address of the API, without a slash at its end. */
    String base() {
        return root(host) + path;
    }

    /** Address of the server: that of the API without {@code /v1}. */
    String root() {
        return base().replaceAll("/v1$", "");
    }

    private String root(String name) {
        return scheme + "://" + authority(name);
    }

    /**
     * The value of the header {@code Host} if the host's name has an underscore. DNS and container networks have such
     * names, but the JDK's client does not take them, so the request goes to the numeric address.
     */
    Optional<String> hostHeader() {
        return isUnderscored() ? Optional.of(authority(host)) : Optional.empty();
    }

    private boolean isUnderscored() {
        return host.contains("_");
    }

    /** An address that the JDK's client takes, for an address of this server. */
    URI asked(String address, Names names) throws IOException {
        if (!isUnderscored()) {
            return URI.create(address);
        }
        if (!scheme.equals("http")) {
            throw new IOException("a name with an underscore, which no certificate may have: " + host);
        }
        return URI.create(root(number(names.address(host))) + address.substring(root(host).length()));
    }

    private static String number(InetAddress address) {
        String number = address.getHostAddress();
        return number.contains(":") ? "[" + number + "]" : number;
    }
}
