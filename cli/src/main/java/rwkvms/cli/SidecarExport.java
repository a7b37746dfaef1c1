package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import rwkvms.checkpoint.CheckpointExport;
import rwkvms.checkpoint.CheckpointFolder;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.validation.SidecarReader;

/** {@code gate sidecar export FOLDER FILE}: writes the sidecar of a checkpoint. */
@Command(name = "export", description = "Writes the sidecar of a checkpoint folder.")
final class SidecarExport extends GateCommand {
    @Mixin
    private BaseOptions base = new BaseOptions();

    @Parameters(index = "0", paramLabel = "FOLDER", description = "The checkpoint: delta_mem_config.json,"
            + " adapter_metadata.json and delta_mem_adapter.pt or .safetensors.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path folder;

    @Parameters(index = "1", paramLabel = "FILE", description = "The sidecar to write.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path target;

    @Option(names = "--like", paramLabel = "SIDECAR", description = "A sidecar whose texts, base binding and format version are carried over.")
    private @Nullable Path like;

    @Option(names = "--format-version", paramLabel = "1|2", description = "Version of the container; default: that of --like or of the sidecar that FOLDER came from, else 2 if the configuration states its semantics, else 1.")
    private @Nullable Integer formatVersion;

    @Option(names = "--force", description = "Overwrites FILE.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        OutputFile.requireAbsent(target, force);
        SidecarDraft draft = CheckpointExport.draft(folder, CheckpointFolder.read(folder));
        if (like != null) {
            try (Sidecar sidecar = SidecarReader.open(InputFiles.readable(like))) {
                SidecarDraft other = sidecar.toDraft();
                draft = draft.withTexts(other.texts()).withOrigin(other.origin())
                        .withFormatVersion(other.formatVersion());
            }
        }
        draft = draft.withOrigin(base.bound(draft.origin()));
        if (draft.origin().baseSha256().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "expected --base, --base-sha256 or --like, which name the"
                    + " base model's file that the checkpoint does not name, found none");
        }
        if (formatVersion != null) {
            try {
                draft = draft.withFormatVersion(formatVersion);
            } catch (IllegalArgumentException unknown) {
                throw new ParameterException(spec.commandLine(), "" + unknown.getMessage(),
                        unknown);
            }
        }
        return WrittenSidecar.write(target, draft, this);
    }
}
