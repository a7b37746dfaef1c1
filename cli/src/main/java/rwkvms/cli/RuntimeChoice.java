package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.file.UnreadableFileException;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;

/** The runtime that {@code --runtime} names: {@code reference}, {@code native}, or a library that exports rwkv_ms.h. */
final class RuntimeChoice {
    /** First bytes of ELF, of Mach-O (64 bits, and for several processors), and of a Windows DLL. */
    private static final List<String> LIBRARIES = List.of("7f454c46", "cffaedfe", "cafebabe", "4d5a");
    private static final int MAGIC_SIZE = 4;

    private RuntimeChoice() {
    }

    /** Returns a runtime of this suite, which runs in this process; empty for another library, which does not. */
    static Optional<MemoryRuntime> open(String name) {
        return switch (name) {
            case ReferenceRuntime.NAME -> Optional.of(new ReferenceRuntime());
            case NativeRuntime.NAME -> Optional.of(NativeRuntime.open());
            default -> Optional.empty();
        };
    }

    /** Returns the name in verdicts, which for a library is the name of its file. */
    static String label(String name) {
        return switch (name) {
            case ReferenceRuntime.NAME, NativeRuntime.NAME -> name;
            default -> String.valueOf(Path.of(name).getFileName());
        };
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
