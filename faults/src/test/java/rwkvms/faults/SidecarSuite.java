package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.sidecar.validation.FindingCode.Severity;
import rwkvms.sidecar.validation.SidecarValidator;
import rwkvms.sidecar.validation.ValidationReport;

/**
 * Every malformed class and some valid sidecars, opened with the library: it must take the files that the Java validator takes,
 * and refuse the others with the code of one of the validator's findings. The files and the validator's findings are made once
 * for all libraries.
 */
final class SidecarSuite {
    /** System property with the folder that {@link #prepare} has filled. */
    static final String FOLDER_PROPERTY = "rwkvms.faults.sidecars";

    private static final String LIST = "list.txt";
    private static final String NO_BASE = "-";
    private static final List<SidecarSizes> VALID = List.of(SidecarSizes.SMALL, SidecarSizes.SMALL.withFormatVersion(1),
            SidecarSizes.SMALL.withFreeLambda(), SidecarSizes.SMALL.withRank(1));

    private final Path folder;
    private final List<String> list = new ArrayList<>();

    private SidecarSuite(Path folder) {
        this.folder = folder;
    }

    /** Writes the files and a list with one line per file: sidecar, base or -, the statuses that fit, and the name. */
    static void prepare(Path folder) throws IOException {
        SidecarSuite suite = new SidecarSuite(Files.createDirectories(folder));
        for (SidecarSizes sizes : VALID) {
            Path file = Files.write(suite.next(".gguf"), SidecarWriter.toBytes(Drafts.of(sizes, 1)));
            suite.add("valid " + sizes, file, null);
        }
        for (MalformedClass malformed : MalformedCorpus.all()) {
            suite.add(malformed);
        }
        Files.write(folder.resolve(LIST), suite.list);
    }

    private void add(MalformedClass malformed) throws IOException {
        Path file = next(".gguf");
        add(malformed.name(), file, malformed.writeTo(file, next(".base")).orElse(null));
    }

    private Path next(String ending) {
        return folder.resolve(list.size() + ending);
    }

    private void add(String name, Path file, @Nullable Path base) {
        ValidationReport java = SidecarValidator.validate(file, base);
        List<String> errors = java.findings().stream().filter(finding -> finding.severity() == Severity.ERROR)
                .map(finding -> "RWKV_MS_E_" + finding.code()).distinct().toList();
        list.add(String.join("\t", file.toString(), base == null ? NO_BASE : base.toString(),
                java.isValid() ? "RWKV_MS_OK" : String.join(" or ", errors), name));
    }

    static SuiteResult run() throws Exception {
        Path folder = Path.of(System.getProperty(FOLDER_PROPERTY));
        int judged = 0;
        try (NativeRuntime runtime = NativeRuntime.open("faulty", NativeFiles.library(), Optional.<Path>empty(), 1)) {
            for (String line : Files.readAllLines(folder.resolve(LIST))) {
                String[] words = line.split("\t", 4);
                Optional<Path> base = Optional.of(words[1]).filter(word -> !word.equals(NO_BASE)).map(Path::of);
                NativeRuntime.Opening cpp = runtime.tryOpen(Path.of(words[0]), base);
                if (!List.of(words[2].split(" or ")).contains(cpp.status())) {
                    return new SuiteResult.Failed(Optional.of(FaultStage.SIDECAR), words[3] + ": expected " + words[2]
                            + ", found " + cpp.status() + (cpp.text().isEmpty() ? "" : ": " + cpp.text()));
                }
                judged++;
            }
        }
        return new SuiteResult.Passed(judged);
    }
}
