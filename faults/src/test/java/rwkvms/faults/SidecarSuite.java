package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.sidecar.FindingCode.Severity;
import rwkvms.sidecar.SidecarValidator;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.ValidationReport;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedClass.Beside;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.SidecarSizes;

/**
 * Every malformed class and some valid sidecars, opened with the library: it takes what the Java validator takes, and the
 * status of what it refuses is the code of one of the validator's findings.
 */
final class SidecarSuite {
    private static final List<SidecarSizes> VALID = List.of(SidecarSizes.SMALL, SidecarSizes.SMALL.withFormatVersion(1),
            SidecarSizes.SMALL.withFreeLambda(), SidecarSizes.SMALL.withRank(1));

    private SidecarSuite() {
    }

    static SuiteResult run() throws Exception {
        Path folder = Files.createTempDirectory("sidecars");
        int judged = 0;
        try (NativeRuntime runtime = NativeRuntime.open("faulty", NativeFiles.library(), Optional.<Path>empty(), 1)) {
            for (SidecarSizes sizes : VALID) {
                Path file = Files.write(folder.resolve("valid.gguf"), SidecarWriter.toBytes(Drafts.of(sizes, 1)));
                Optional<SuiteResult> failed = judge(runtime, "valid " + sizes, file, null);
                if (failed.isPresent()) {
                    return failed.get();
                }
                judged++;
            }
            for (MalformedClass malformed : MalformedCorpus.all()) {
                Optional<SuiteResult> failed = judge(runtime, malformed, folder);
                if (failed.isPresent()) {
                    return failed.get();
                }
                judged++;
            }
        } finally {
            delete(folder);
        }
        return new SuiteResult.Passed(judged);
    }

    private static Optional<SuiteResult> judge(NativeRuntime runtime, MalformedClass malformed, Path folder)
            throws IOException {
        Path file = folder.resolve("malformed.gguf");
        Path base = folder.resolve("base.gguf");
        Files.deleteIfExists(file);
        Files.deleteIfExists(base);
        Beside beside = malformed.beside();
        if (beside != Beside.ABSENT_SIDECAR) {
            Files.write(file, malformed.bytes());
        }
        if (beside.base().isPresent()) {
            Files.write(base, beside.base().get());
        }
        boolean given = beside != Beside.NOTHING && beside != Beside.ABSENT_SIDECAR;
        return judge(runtime, malformed.name(), file, given ? base : null);
    }

    private static Optional<SuiteResult> judge(NativeRuntime runtime, String name, Path file, @Nullable Path base) {
        ValidationReport java = SidecarValidator.validate(file, base);
        NativeRuntime.Opening cpp = runtime.tryOpen(file, Optional.ofNullable(base));
        List<String> errors = java.findings().stream().filter(finding -> finding.severity() == Severity.ERROR)
                .map(finding -> "RWKV_MS_E_" + finding.code()).toList();
        boolean agrees = java.isValid() ? cpp.text().isEmpty() : errors.contains(cpp.status());
        return agrees
                ? Optional.empty()
                : Optional.of(new SuiteResult.Failed(Optional.of(FaultStage.SIDECAR), name + ": expected "
                        + (errors.isEmpty() ? "that it opens" : errors) + ", found " + cpp.status() + " "
                        + cpp.text()));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
