package rwkvms.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.file.FileFailure;

/**
 * A stream that remembers why it could not be written. Java's writers swallow such a failure; this one passes through them, once,
 * and ends the command. What is written after it is dropped.
 */
final class StandardOutput extends OutputStream {
    private final OutputStream target;
    private volatile @Nullable IOException failure;

    StandardOutput(OutputStream target) {
        this.target = target;
    }

    /** Says that a verdict could not be written; {@link Gate} tells it. */
    static final class UnwrittenException extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        private UnwrittenException(IOException cause) {
            super(cause);
        }
    }

    /** The first failure. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void write(int one) {
        write(new byte[]{(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        go(() -> target.write(bytes, offset, length));
    }

    @Override
    public void flush() {
        go(target::flush);
    }

    private void go(FileFailure.Action step) {
        if (failure != null) {
            return;
        }
        try {
            step.run();
        } catch (IOException e) {
            failure = e;
            throw new UnwrittenException(e);
        }
    }
}
