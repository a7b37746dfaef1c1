package rwkvms.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.synthesis.SyntheticManifest;

/** {@code gate sidecar synthesize FILE}: writes a valid sidecar with weights drawn from a seed. */
@Command(name = "synthesize", description = "Writes a valid sidecar of given sizes, or of a manifest, with weights drawn from a seed.")
final class SidecarSynthesize extends GateCommand {
    @Mixin
    private BaseOptions base = new BaseOptions();

    @Parameters(paramLabel = "FILE", description = "The sidecar to write.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path target;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Option(names = "--force", description = "Overwrites FILE.")
    private boolean force;

    @Option(names = "--manifest", paramLabel = "FILE", description = "An exporter's manifest: its names, shapes, types, configuration and metadata instead of sizes.")
    private @Nullable Path manifest;

    @Mixin
    private SyntheticOptions sizes = new SyntheticOptions();

    @Option(names = "--format-version", paramLabel = "1|2", description = "Version of the container; default: that of the manifest, else 1, or 2 with semantics 2.")
    private @Nullable Integer formatVersion;

    @Override
    public Integer call() throws IOException {
        OutputFile.requireAbsent(target, force);
        SidecarDraft draft = manifest == null ? ofSizes() : ofManifest(manifest);
        draft = draft.withOrigin(base.bound(draft.origin()));
        return WrittenSidecar.write(target, draft, this);
    }

    private SidecarDraft ofSizes() {
        try {
            return sizes.sidecar(formatVersion).draft(seed);
        } catch (IllegalArgumentException impossible) {
            throw new ParameterException(spec.commandLine(), "" + impossible.getMessage(), impossible);
        }
    }

    private SidecarDraft ofManifest(Path file) throws IOException {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (option.userObject() instanceof Field field && field.getDeclaringClass() == SyntheticOptions.class) {
                throw new ParameterException(spec.commandLine(),
                        "--manifest: expected no sizes beside it, found " + option.longestName());
            }
        }
        InputFiles.readable(file);
        try {
            SidecarDraft draft = SyntheticManifest.draft(Files.readString(file), seed);
            return formatVersion == null ? draft : draft.withFormatVersion(formatVersion);
        } catch (CharacterCodingException malformed) {
            throw new IOException(file + ": expected UTF-8, found other bytes", malformed);
        } catch (JsonProcessingException malformed) {
            throw new IOException(file + ": expected JSON, found " + malformed.getOriginalMessage(), malformed);
        } catch (IllegalArgumentException refused) {
            throw new IOException(file + ": " + refused.getMessage(), refused);
        }
    }
}
