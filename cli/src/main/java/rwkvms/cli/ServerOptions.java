package rwkvms.cli;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of the commands that ask a live server. */
final class ServerOptions {
    @Option(names = "--base-url", paramLabel = "URL", description = "Address of the API. Default: ${DEFAULT-VALUE}")
    private String baseUrl = "http://127.0.0.1:8080/v1";

    @Option(names = "--model", paramLabel = "NAME", description = "Name of the model; else the first that the server lists.")
    private @Nullable String model;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Most time of one request. Default: ${DEFAULT-VALUE}")
    private double timeout = 60;

    @Option(names = "--time-limit", paramLabel = "SECONDS", description = "Most time of the whole run. Default: ${DEFAULT-VALUE}")
    private double limit = 600;

    URI url(CommandSpec spec) {
        try {
            URI url = URI.create(baseUrl);
            require(spec, url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getRawQuery() == null && url.getRawFragment() == null, wrongUrl());
            return url;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), wrongUrl(), e);
        }
    }

    private String wrongUrl() {
        return "--base-url: expected an address such as http://127.0.0.1:8080/v1, found " + baseUrl;
    }

    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    Duration timeout(CommandSpec spec) {
        return duration(spec, "--timeout", timeout);
    }

    Duration limit(CommandSpec spec) {
        return duration(spec, "--time-limit", limit);
    }

    private static Duration duration(CommandSpec spec, String option, double seconds) {
        double least = 0.1;
        double most = 86_400;
        require(spec, seconds >= least && seconds <= most,
                option + ": expected " + least + " to " + most + " seconds, found " + seconds);
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    static void require(CommandSpec spec, boolean holds, String problem) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), problem);
        }
    }
}
