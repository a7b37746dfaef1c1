package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.Probe;
import rwkvms.report.Entry;

/** {@code gate runtime probe} names the place of a fault in libraries of the catalogue. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class ProbeTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    /** A plain case, one that fills a chunk, one with a step trace, one with top-k reads. */
    private static final List<String> CASES = List.of("basic", "chunk-rollover", "step-trace", "topk-2");
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private ExecutorService compilers;
    private ExecutorService probes;
    private Map<String, Future<List<Entry>>> results;

    /**
     * Opens the same workshop as the kill matrix of the default run, so that each uses the objects of the other, and begins the
     * probes, two at a time.
     */
    @BeforeAll
    void begin(@TempDir Path work) throws Exception {
        compilers = Executors.newFixedThreadPool(2);
        probes = Executors.newFixedThreadPool(2);
        Workshop workshop = Workshop.open(NativeBuild.read(), Path.of("target", "faults"),
                Catalogue.chosen("default"), compilers);
        results = faults().map(row -> String.valueOf(row.get()[0])).collect(Collectors.toMap(Function.identity(),
                fault -> probes.submit(() -> probe(workshop, fault, Files.createDirectory(work.resolve(fault))))));
    }

    private static List<Entry> probe(Workshop workshop, String fault, Path work) throws Exception {
        Path library = workshop.library(Catalogue.chosen(fault).getFirst())
                .resolve(System.mapLibraryName("rwkv_ms"));
        return new Probe(library, cases(), LIMIT, work).run();
    }

    @AfterAll
    void close() {
        probes.close();
        compilers.close();
    }

    /** Each build takes one fault of each kind; what else the probe names is asked with {@code -Pfaults}. */
    private static final String EVERY_BUILD = """
            write-before-read              | golden: basic                                     | scan, read_routes
            manifest-hash-unchecked        | sidecar: payload-bit                              | expected a refusal
            reset-keeps-the-position       | state: clearing and removing all resets           | the states are not those of a new session
            """;
    private static final String OTHERS = """
            qk-without-tanh                | golden: basic                                     | projection, memory_q
            decay-without-half             | golden: basic                                     | features, feature_w
            alpha-missing                  | golden: basic                                     | delta, delta_
            architecture-unchecked         | sidecar: architecture                             | expected a refusal
            fingerprint-ignores-tensor-bytes | state: a payload of another sidecar or base is refused | payload of other weights: expected a refusal
            """;

    private static Stream<Arguments> faults() {
        return (EVERY_BUILD + (FaultRuns.NAMES ? OTHERS : "")).lines().map(line -> line.split(" *\\| *"))
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void saysWhereTheFaultIs(String fault, String check, String problem) throws Exception {
        List<Entry> found = Objects.requireNonNull(results.get(fault)).get();

        assertThat(found.stream().filter(result -> !result.reasons().isEmpty())).as(fault)
                .anySatisfy(result -> {
                    assertThat(result.name()).isEqualTo(check);
                    assertThat(result.reasons().getLast()).contains(problem);
                });
    }

    private static List<CaseFiles> cases() {
        return CASES.stream().map(name -> CaseFiles.in(GOLDEN.resolve(name)).orElseThrow()).toList();
    }
}
