package rwkvms.parity.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.SidecarValidator;

/**
 * The reader that authors may take (shim/sidecar_reader.h), in a runtime that takes several state heads (author.cpp): on every class of the
 * malformed corpus it says what the validator says. SidecarDifferentialTests has the same code with random changes.
 */
final class AuthorReaderTests {
    private static final Path LIBRARY = NativeFiles.folder().resolveSibling("shim")
            .resolve(System.mapLibraryName("author"));
    private static final String OK = "RWKV_MS_OK";
    private static final String STATUS = "RWKV_MS_E_";

    private static Set<FindingCode> errors(SidecarCase file) {
        Set<FindingCode> errors = EnumSet.noneOf(FindingCode.class);
        SidecarValidator.validate(file.file(), file.base().orElse(null)).findings().stream()
                .filter(finding -> finding.severity() == FindingCode.Severity.ERROR)
                .forEach(finding -> errors.add(finding.code()));
        errors.remove(FindingCode.NUM_STATE_HEADS); // it takes any number
        return errors;
    }

    /** The corpus, and what all its recipes start from. */
    private static List<SidecarCase> corpus(Path folder) throws IOException {
        List<SidecarCase> files = new ArrayList<>();
        Path valid = Files.write(folder.resolve("valid.gguf"), MalformedCorpus.valid());
        files.add(new SidecarCase("valid", valid, Optional.empty(), Optional.empty()));
        for (MalformedClass malformed : MalformedCorpus.all()) {
            Path file = folder.resolve(files.size() + ".gguf");
            Optional<Path> base = malformed.writeTo(file, folder.resolve(files.size() + ".base"));
            files.add(new SidecarCase(malformed.name(), file, base, Optional.of(malformed)));
        }
        return files;
    }

    @Test
    void itTakesWhatTheValidatorTakesAndNamesWhatItRefuses(@TempDir Path folder) throws Exception {
        List<String> wrong = new ArrayList<>();
        Map<FindingCode, Integer> refused = new EnumMap<>(FindingCode.class);
        int taken = 0;
        try (NativeRuntime author = NativeRuntime.open("author", LIBRARY, Optional.empty(), 1)) {
            for (SidecarCase file : corpus(folder)) {
                NativeRuntime.Opening opening = author.tryOpen(file.file(), file.base());
                Set<FindingCode> errors = errors(file);
                if (opening.status().equals(OK) && errors.isEmpty()) {
                    taken++;
                } else if (errors.stream().noneMatch(code -> opening.status().equals(STATUS + code))) {
                    wrong.add(file.name() + ": validator " + errors + ", reader " + opening);
                }
                file.malformed().map(MalformedClass::code).filter(code -> opening.status().equals(STATUS + code))
                        .ifPresent(code -> refused.merge(code, 1, Integer::sum));
            }
        }
        System.out.printf(Locale.ROOT, "the author's reader takes %d files; classes of the corpus by refusal: %s%n",
                taken,
                refused);
        assertThat(wrong).isEmpty();
        assertThat(taken).isPositive();
        assertThat(refused).as("codes that the corpus provokes").hasSizeGreaterThan(60);
    }
}
