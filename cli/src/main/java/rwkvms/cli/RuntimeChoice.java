package rwkvms.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import rwkvms.golden.MemoryRuntime;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;

/** The runtime that {@code --runtime} names: {@code reference}, {@code native}, or a library that exports rwkv_ms.h. */
final class RuntimeChoice {
    private RuntimeChoice() {
    }

    static MemoryRuntime open(String name) {
        return switch (name) {
            case ReferenceRuntime.NAME -> new ReferenceRuntime();
            case NativeRuntime.NAME -> NativeRuntime.open();
            default -> {
                Path library = Path.of(name);
                if (!Files.isRegularFile(library)) {
                    throw new IncompatibleLibraryException("--runtime " + name
                            + ": expected reference, native or the path of a library, found no such file");
                }
                yield NativeRuntime.open(String.valueOf(library.getFileName()), library.toAbsolutePath(),
                        Optional.empty(), 1);
            }
        };
    }
}
