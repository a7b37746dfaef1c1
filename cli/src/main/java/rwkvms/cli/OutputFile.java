package rwkvms.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import rwkvms.file.FileFailure;
import rwkvms.file.WholeFile;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode.Kind;
import rwkvms.sidecar.validation.SidecarValidator;

/** Files that a command writes: none is overwritten unless told to, and no sidecar is malformed. */
final class OutputFile {
    private OutputFile() {
    }

    /** Refuses a file that exists, before any work is done. */
    static void requireAbsent(Path file, boolean force) throws IOException {
        if (Files.exists(file) && !force) {
            throw new IOException(file + ": expected no such file, found one; --force overwrites it");
        }
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": expected a file to write, found a folder");
        }
    }

    /** Writes a text; a failure names the file. */
    static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(Path file, byte[] bytes) throws IOException {
        FileFailure.naming(file, () -> Files.write(file, bytes));
    }

    /** Replaces a file with a new one, or leaves it as it is. */
    static void replace(Path file, String text) throws IOException {
        replace(file, text.getBytes(StandardCharsets.UTF_8));
    }

    static void replace(Path file, byte[] bytes) throws IOException {
        WholeFile.write(file, channel -> {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            // A disk that is nearly full takes a part, and refuses the next.
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
    }

    /**
     * Writes a sidecar and validates it before it gets its name.
     *
     * @return all findings: what the C++ runtime does not honour, and warnings
     */
    static List<Finding> write(Path target, SidecarDraft draft) throws IOException {
        WholeFile.requireFolder(target);
        Path partial = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".partial");
        try {
            write(partial, target, draft);
            List<Finding> findings = SidecarValidator.validate(partial, null).findings();
            List<Finding> malformed = findings.stream().filter(finding -> finding.kind() == Kind.MALFORMED).toList();
            if (!malformed.isEmpty()) {
                throw new IOException(target + ": not written, it would be malformed: " + malformed.getFirst().message()
                        + (malformed.size() == 1 ? "" : " (and " + (malformed.size() - 1) + " more)"));
            }
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
            return findings;
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Writes the file. A failure names the target: the user does not know the file that is to become it. */
    private static void write(Path partial, Path target, SidecarDraft draft) throws IOException {
        try {
            SidecarWriter.write(partial, draft, false);
        } catch (FileSystemException failed) {
            throw FileFailure.named(target, failed.getReason(), failed);
        }
    }
}
