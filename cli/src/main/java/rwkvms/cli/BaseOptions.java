package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import rwkvms.file.Sha256;
import rwkvms.sidecar.SidecarOrigin;

/** Options that name the base model of a sidecar. */
final class BaseOptions {
    @Option(names = "--base", paramLabel = "FILE", description = "The base model's GGUF file; its SHA-256 is computed.")
    private @Nullable Path base;

    @Option(names = "--base-sha256", paramLabel = "HEX", description = "The base model's SHA-256 instead of its file.")
    private @Nullable String sha256;

    @Option(names = "--base-name", paramLabel = "NAME", description = "The base model's name as a hint; by default the file's name without its folder.")
    private @Nullable String name;

    /** Returns the origin with what the options say. */
    SidecarOrigin bound(SidecarOrigin origin) throws IOException {
        String file = base == null ? origin.baseGguf() : String.valueOf(base.getFileName());
        String hash = base == null ? origin.baseSha256() : Sha256.of(InputFiles.readable(base));
        if (sha256 != null && base != null && !sha256.equals(hash)) {
            throw new IOException(base + ": expected SHA-256 " + sha256 + ", as --base-sha256 says, found " + hash);
        }
        return origin.withBase(name == null ? file : name, sha256 == null ? hash : sha256);
    }
}
