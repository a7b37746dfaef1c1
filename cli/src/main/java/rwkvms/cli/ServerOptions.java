package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import rwkvms.live.health.ApiKey;
import rwkvms.live.health.ServerAddress;

/** Options of commands that ask a live server. */
final class ServerOptions {
    /** The variable from which llama-server reads its keys. */
    private static final String KEY_VARIABLE = "LLAMA_API_KEY";
    private static final int MAX_KEY_BYTES = 1 << 16;

    @Option(names = "--base-url", paramLabel = "URL", description = "Address of the API. Default: ${DEFAULT-VALUE}")
    private String baseUrl = "http://127.0.0.1:8080/v1";

    @Option(names = "--api-key", paramLabel = "KEY", description = "Key that the server asks for. Other users of this machine can see it in the list of processes; a file or the variable LLAMA_API_KEY is safer.")
    private @Nullable String apiKey;

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "A file with the key in its first line.")
    private @Nullable Path apiKeyFile;

    @Option(names = "--model", paramLabel = "NAME", description = "Name of the model; default: the first that the server lists.")
    private @Nullable String model;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Maximum time of one request. Default: ${DEFAULT-VALUE}")
    private double timeout = 60;

    @Option(names = "--time-limit", paramLabel = "SECONDS", description = "Maximum time of the whole run. Default: ${DEFAULT-VALUE}")
    private double limit = 600;

    URI url(CommandSpec spec) {
        try {
            URI url = URI.create(baseUrl);
            ServerAddress.of(url);
            return url;
        } catch (IllegalArgumentException e) {
            // The cause is left out: it has the whole address.
            throw new ParameterException(spec.commandLine(), "--base-url: expected an address such as "
                    + "http://127.0.0.1:8080/v1, found " + withoutSecrets(baseUrl));
        }
    }

    /** Returns the address without what may be a password or a key. */
    private static String withoutSecrets(String url) {
        return url.replaceAll("(?<=//)[^/]*@", "...@").replaceAll("(?<=[?&#][^=&]{0,99}=)[^&#]*", "...");
    }

    /** Returns the key of the option, the file or the variable. */
    Optional<ApiKey> key(CommandSpec spec) throws IOException {
        return key(spec, System.getenv());
    }

    Optional<ApiKey> key(CommandSpec spec, Map<String, String> environment) throws IOException {
        require(spec, apiKey == null || apiKeyFile == null,
                "--api-key: expected the key or --api-key-file, found both");
        if (apiKeyFile != null) {
            return Optional.of(keyIn(InputFiles.readable(apiKeyFile)));
        }
        if (apiKey != null) {
            return Optional.of(key(spec, "--api-key", apiKey));
        }
        // llama-server takes several keys there, separated by commas.
        String variable = environment.getOrDefault(KEY_VARIABLE, "").split(",", 2)[0].strip();
        return variable.isEmpty() ? Optional.empty() : Optional.of(key(spec, KEY_VARIABLE, variable));
    }

    private static ApiKey key(CommandSpec spec, String source, String key) {
        try {
            return ApiKey.of(key);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), source + ": " + e.getMessage(), e);
        }
    }

    private static ApiKey keyIn(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_KEY_BYTES), StandardCharsets.UTF_8).replace("\ufeff", "");
            return ApiKey.of(text.strip().lines().findFirst().orElse("").strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** The file of the key, which a reproduce line may name. */
    Optional<Path> keyFile() {
        return Optional.ofNullable(apiKeyFile);
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
        double min = 0.1;
        double max = 86_400;
        require(spec, seconds >= min && seconds <= max,
                option + ": expected " + min + " to " + max + " seconds, found " + seconds);
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    static void require(CommandSpec spec, boolean holds, String problem) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), problem);
        }
    }
}
