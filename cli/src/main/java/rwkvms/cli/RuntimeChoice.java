package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import rwkvms.comparison.Tolerance;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.file.UnreadableFileException;
import rwkvms.golden.Calls;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.pipe.PipeRuntime;
import rwkvms.reference.ReferenceRuntime;

/**
 * A runtime as it was asked for.
 *
 * @param option  {@code --runtime}, which names this suite's own or a library that exports rwkv_ms.h, or
 *                {@code --runtime-command}
 * @param asked   the name, or the command line
 */
record RuntimeChoice(String option, String asked) {
    private static final String COMMAND = "--runtime-command";
    /** First bytes of ELF, of Mach-O (64 bits, and for several processors), and of a Windows DLL. */
    private static final List<String> LIBRARIES = List.of("7f454c46", "cffaedfe", "cafebabe", "4d5a");
    private static final int MAGIC_SIZE = 4;

    static RuntimeChoice named(String name) {
        return new RuntimeChoice("--runtime", name);
    }

    static RuntimeChoice command(String line) {
        return new RuntimeChoice(COMMAND, line);
    }

    /** Whether it is a program, which is started by its command line. */
    boolean isProgram() {
        return option.equals(COMMAND);
    }

    /** Whether it is one of this suite's own. */
    boolean isOwn() {
        return !isProgram() && List.of(ReferenceRuntime.NAME, NativeRuntime.NAME).contains(asked);
    }

    /**
     * Opens it for cases; a runtime of this suite runs in this process, and no other does.
     *
     * @param threads of a library; nothing else is told
     */
    CheckedRuntime open(List<Calls.OfCase> cases, Optional<Duration> limit, Tolerance tolerance, int threads)
            throws IOException {
        if (isProgram()) {
            return ProgramRuntime.start(this, cases, limit, tolerance);
        }
        return switch (asked) {
            case ReferenceRuntime.NAME -> new OwnRuntime(this, new ReferenceRuntime(), tolerance);
            case NativeRuntime.NAME -> new OwnRuntime(this, NativeRuntime.open(threads), tolerance);
            default -> OthersRuntime.start(this, label(), cases, limit, tolerance, threads, Optional.empty());
        };
    }

    /** Returns the name in verdicts, which for a library or a program is the name of its file. */
    String label() {
        if (isProgram()) {
            return PipeRuntime.label(asked);
        }
        return isOwn() ? asked : String.valueOf(Path.of(asked).getFileName());
    }

    /** Returns the file of another library, or throws {@link IncompatibleLibraryException} if it is none. */
    static Path library(String name) throws IOException {
        Path library = Path.of(name);
        try {
            InputFile.require(library);
        } catch (UnreadableFileException refused) {
            throw new IncompatibleLibraryException("--runtime " + name + ": expected reference, native or the path of a"
                    + " library that exports rwkv_ms.h, found "
                    + (Files.exists(library) ? refused.found() : "no such file"), refused);
        }
        requireLibrary(library);
        return library.toAbsolutePath();
    }

    /** Refuses any other file: the JVM would warn at length on standard error. */
    static void requireLibrary(Path library) throws IOException {
        try (InputStream in = Files.newInputStream(library)) {
            String magic = HexFormat.of().formatHex(in.readNBytes(MAGIC_SIZE));
            if (LIBRARIES.stream().noneMatch(magic::startsWith)) {
                throw new IncompatibleLibraryException("--runtime " + library + ": expected a shared library, found "
                        + FileKind.of(library)
                                .filter(kind -> kind != FileKind.EMPTY).map(FileKind::words)
                                .orElse("a file that begins with the"
                                        + " bytes " + (magic.isEmpty() ? "(none)" : magic)));
            }
        }
    }
}
