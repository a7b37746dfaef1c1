package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;

/**
 * The committed golden cases of the checkout that this tool was built in: {@code golden/data}, and {@code golden/original}, which
 * the original PyTorch code computed. A case that is gone or has lost a file is an error and never a smaller check.
 */
final class GoldenFolder {
    /** System property with the checkout's folder. */
    static final String ROOT_PROPERTY = "rwkvms.root";

    private static final Path UNDER_ROOT = Path.of("golden", "data");
    private static final Path ORIGINAL_UNDER_ROOT = Path.of("golden", "original");
    private static final String SAMPLE = "tokens-64";
    private static final int SAMPLE_CHUNK = 32;
    private static final Path LONG_UNDER_ROOT = Path.of("golden", "data-long");

    private GoldenFolder() {
    }

    /** Returns the case in a folder that a user names. */
    static CaseFiles named(Path folder) throws IOException {
        return CaseFiles.in(InputFiles.folder(folder).toAbsolutePath().normalize()).orElseThrow(() -> new IOException(
                folder + ": expected fixture.json or fixture.json.gz in this folder, found neither"));
    }

    static List<CaseFiles> cases() throws IOException {
        return cases(root());
    }

    /** Returns the committed long cases. */
    static List<CaseFiles> longCases() throws IOException {
        return in(root().resolve(LONG_UNDER_ROOT));
    }

    /** Returns the runs of those cases that are cheap and yet show most: the shortest whole, and in chunks of half of it. */
    static List<Calls.OfCase> sample(List<CaseFiles> longCases) {
        return longCases.stream().filter(files -> files.name().equals(SAMPLE))
                .flatMap(files -> Stream.of(Calls.WHOLE, Calls.chunks(SAMPLE_CHUNK))
                        .map(calls -> new Calls.OfCase(files, calls)))
                .toList();
    }

    private static Path root() {
        return Path.of(System.getProperty(ROOT_PROPERTY, "."));
    }

    /** Returns all committed cases, and those that were added since. */
    static List<CaseFiles> cases(Path root) throws IOException {
        List<CaseFiles> cases = in(root.resolve(UNDER_ROOT));
        cases.addAll(in(root.resolve(ORIGINAL_UNDER_ROOT)));
        return cases;
    }

    private static List<CaseFiles> in(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + ": expected the committed golden cases, found no such folder; run ./gate in"
                    + " a checkout, or name a fixture with --fixture");
        }
        List<CaseFiles> cases = new ArrayList<>();
        for (Path child : CaseFiles.subfolders(folder)) {
            cases.add(whole(child));
        }
        if (cases.isEmpty()) {
            throw new IOException(folder + ": expected the committed golden cases, found no folder with a fixture;"
                    + " check the files out again, or name a fixture with --fixture");
        }
        if (!Files.isRegularFile(folder.resolve(CaseFiles.LIST))) {
            throw lost(folder, CaseFiles.LIST);
        }
        CaseFiles.requireListed(folder, cases);
        return cases;
    }

    private static CaseFiles whole(Path folder) throws IOException {
        CaseFiles files = CaseFiles.in(folder).orElseThrow(() -> lost(folder, "fixture.json or fixture.json.gz"));
        if (files.sidecar().isEmpty()) {
            throw lost(folder, "sidecar.gguf");
        }
        if (files.base().isEmpty()) {
            throw lost(folder, "base.gguf, here or one folder up");
        }
        return files;
    }

    private static IOException lost(Path folder, String file) {
        return new IOException(folder + ": expected " + file + ", found none; check the golden cases out again");
    }
}
