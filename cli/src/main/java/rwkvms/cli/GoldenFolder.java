package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import rwkvms.golden.CaseFiles;

/** The committed golden cases: the folder {@code golden/data} of the checkout this tool was built in. */
final class GoldenFolder {
    private static final Path UNDER_ROOT = Path.of("golden", "data");

    private GoldenFolder() {
    }

    static List<CaseFiles> cases() throws IOException {
        Path folder = Path.of(System.getProperty("rwkvms.root", ".")).resolve(UNDER_ROOT);
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + ": expected the committed golden cases, found no such folder; run ./gate in"
                    + " a checkout, or name a fixture with --fixture");
        }
        List<CaseFiles> cases = CaseFiles.below(folder);
        if (cases.isEmpty()) {
            throw new IOException(folder + ": expected at least one folder with a fixture, found none");
        }
        return cases;
    }
}
