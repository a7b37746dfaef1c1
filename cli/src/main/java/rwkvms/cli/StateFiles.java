package rwkvms.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import rwkvms.file.FileKind;
import rwkvms.state.StateView;

/** Slot and session files of any runtime that hold a state payload. */
final class StateFiles {
    private StateFiles() {
    }

    /** Returns the payload in a file, which is mapped because a KV cache may be large. */
    static StateView view(Path file) throws IOException {
        InputFiles.readable(file);
        try (FileChannel channel = FileChannel.open(file); Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return StateView.find(bytes).orElseThrow(() -> new IOException(file
                    + ": expected a state payload (RMVS, version 2, fingerprint), found " + found(bytes)
                    + "; save a slot of a runtime with a sidecar"));
        }
    }

    private static String found(MemorySegment bytes) {
        return FileKind.of(bytes).filter(kind -> kind != FileKind.EMPTY).map(FileKind::words)
                .orElse("none in " + bytes.byteSize() + " bytes");
    }
}
