package rwkvms.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --device} of commands that cannot choose a device: they say so, and judge nothing. */
final class DeviceOption {
    @Option(names = "--device", paramLabel = "NAME", description = "Not evaluated: what is judged here chooses by itself where it computes.")
    private @Nullable String name;

    /** {@link IOException} if a device was asked for: a verdict would be that of any other. */
    void requireNone(String judged) throws IOException {
        if (name != null) {
            throw new IOException("--device " + name + ": not evaluated: " + judged
                    + " chooses by itself where it computes, and does not say it");
        }
    }
}
