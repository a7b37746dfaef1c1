package rwkvms.live.health;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a health check.
 *
 * @param key        that the server asks for
 * @param model      name that the server must list; empty for the first that it lists
 * @param trace      a reference trace that the server must repeat
 * @param base       the base model's file, and the sidecar whose binding to it is checked
 * @param serverLog  of the run of the server that is checked
 * @param slotFolder where the server saves slots, as this process sees it
 * @param timeout    of one request
 * @param limit      of the whole check
 * @param clients    that ask at once
 * @param device     that the server must say that its model is computed on; empty: any
 */
public record HealthSettings(URI baseUrl, Optional<ApiKey> key, Optional<String> model, Optional<Path> trace,
        Optional<Path> base, Optional<Path> sidecar, Path serverLog, Optional<Path> slotFolder, Duration timeout,
        Duration limit, int clients, Optional<String> device) {
    /** The same for any device. */
    HealthSettings(URI baseUrl, Optional<ApiKey> key, Optional<String> model, Optional<Path> trace,
            Optional<Path> base, Optional<Path> sidecar, Path serverLog, Optional<Path> slotFolder, Duration timeout,
            Duration limit, int clients) {
        this(baseUrl, key, model, trace, base, sidecar, serverLog, slotFolder, timeout, limit, clients,
                Optional.empty());
    }

    HealthSettings on(String name) {
        return new HealthSettings(baseUrl, key, model, trace, base, sidecar, serverLog, slotFolder, timeout, limit,
                clients, Optional.of(name));
    }
}
