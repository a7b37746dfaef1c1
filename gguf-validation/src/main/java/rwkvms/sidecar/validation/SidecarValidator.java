package rwkvms.sidecar.validation;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rwkvms.file.ByteProgress;
import rwkvms.file.UnreadableFileException;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.sidecar.SidecarFile;

/**
 * Reports everything that is wrong with a sidecar (sidecar.md, "Validation"): container and meaning in one report.
 *
 * <p>It never throws on bad input. A container that cannot be read gives one finding; everything else is checked by all
 * rules. Nothing is copied out of the map but the header, so memory is bounded by the file and by {@link
 * rwkvms.gguf.GgufLimits}.
 */
public final class SidecarValidator {
    private static final List<SidecarRule> RULES = List.of(new ContainerRule(), new NameRule(), new DataRule(),
            new KeyRule(), new JsonRule(),
            new IdentityRule(),
            new BaseBindingRule(), new SettingRule(), new ContradictionRule(), new LayerRule(),
            new AttentionRule(),
            new TensorSetRule(), new TensorTypeRule(), new TensorShapeRule(), new TotalsRule(), new ManifestRule(),
            new PayloadRule());

    private SidecarValidator() {
    }

    /**
     * Validates {@code sidecar}. A given {@code base} must be the file that it names by SHA-256, and is read once from
     * end to end.
     */
    public static ValidationReport validate(Path sidecar, @Nullable Path base) {
        return validate(sidecar, base, ByteProgress.NONE);
    }

    /** Validates as above; {@code progress} hears how much of the base file has been read. */
    public static ValidationReport validate(Path sidecar, @Nullable Path base, ByteProgress progress) {
        try (Arena arena = Arena.ofConfined()) {
            GgufFile gguf = GgufReader.read(sidecar, arena);
            return check(sidecar, new SidecarFile(gguf, base, progress));
        } catch (IOException unreadable) {
            return unreadable(sidecar, unreadable);
        } catch (InternalError fault) { // the JVM's answer to a read of a map behind the end of its file
            return unreadable(sidecar,
                    new UnreadableFileException(sidecar, "one that became shorter while it was read"));
        }
    }

    static ValidationReport check(Path path, SidecarFile file) {
        Findings findings = new Findings();
        for (SidecarRule rule : RULES) {
            rule.check(file, findings);
        }
        return findings.report(path);
    }

    /** The report on a file whose header cannot be read to its end. */
    static ValidationReport unreadable(Path path, IOException reason) {
        Findings findings = new Findings();
        if (reason instanceof GgufException gguf) {
            gguf.earlier().forEach(problem -> findings.add(Finding.of(problem)));
            findings.add(Finding.of(gguf.problem()));
        } else {
            findings.add(FindingCode.FILE_UNREADABLE, "file " + path, Finding.NOWHERE, "a readable file",
                    describe(reason));
        }
        return findings.report(path);
    }

    /** An I/O failure in the words of a message. */
    static String describe(IOException failure) {
        return switch (failure) {
            case UnreadableFileException other -> other.found();
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "one that may not be read";
            default -> failure.getClass().getSimpleName() + ": " + failure.getMessage();
        };
    }
}
