package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.qameta.allure.Allure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;
import rwkvms.fixtures.testing.Shard;
import rwkvms.ggml.StructList;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.AllureReport;

/**
 * The live suites on other releases of llama.cpp, each in its own folder and process: by default a selection on the oldest, with
 * {@code -Preleases} whole suites on every one. The newest is the one that all other tests run on.
 */
final class LiveReleaseTests {
    /** Whether every release is to be judged by the whole suites. */
    private static final boolean WHOLE = Boolean.getBoolean("rwkvms.releases");
    private static final Shard SHARD = Shard.ofBuild();
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    private static final Path PAGE = ROOT.resolve("docs/llama-releases.md");
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String MISSING = "NOT EVALUATED: its package is not here: the build had no network, or this is no"
            + " linux-x64, or -Dllama.dir gave another llama.cpp";

    private static final Map<String, Facts> FOUND = new LinkedHashMap<>();

    /** What a child told of a release. */
    private record Facts(Map<String, String> single, SortedSet<String> nodes) {
        static Facts of(String out) {
            Map<String, String> single = new TreeMap<>();
            SortedSet<String> nodes = new TreeSet<>();
            for (String line : out.lines().filter(each -> each.contains(": ")).toList()) {
                String fact = line.substring(0, line.indexOf(": "));
                String value = line.substring(line.indexOf(": ") + 2);
                if (fact.equals("node")) {
                    nodes.add(value);
                } else {
                    single.put(fact, value);
                }
            }
            return new Facts(single, nodes);
        }

        String get(String fact) {
            return single.getOrDefault(fact, "-");
        }
    }

    /** The npm versions of all known releases, oldest first, with the release. */
    private static Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        for (StructList list : StructList.known(NativeFiles.folder()).lists()) {
            list.npm().forEach(version -> versions.put(version, list.release()));
        }
        return versions;
    }

    private static Path folder(String version) {
        return NativeFiles.folder().resolveSibling("releases").resolve(version);
    }

    @TestFactory
    Stream<DynamicTest> releases() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        List<String> all = List.copyOf(versions().keySet());
        for (String version : WHOLE ? SHARD.part(all) : all.subList(0, 1)) {
            Optional<Path> folder = Optional.of(folder(version)).filter(Files::exists);
            if (folder.isEmpty() && version.equals(all.getLast())) {
                folder = Optional.of(NativeFiles.folder());
            }
            Path there = folder.orElse(Path.of(""));
            tests.add(DynamicTest.dynamicTest(versions().get(version) + " (npm " + version + ")",
                    folder.isPresent() ? () -> passes(version, there) : () -> {
                        throw new TestAbortedException(MISSING);
                    }));
        }
        if (WHOLE && SHARD.isAll()) {
            tests.add(DynamicTest.dynamicTest("docs/llama-releases.md says so", LiveReleaseTests::pageSaysSo));
        }
        return tests.stream();
    }

    private static void passes(String version, Path folder) throws Exception {
        Child.Run run = ChildJvm.of(LiveReleaseRun.class,
                List.of("-Xmx512m", "-Drwkvms.root=" + ROOT, "-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder),
                List.of(WHOLE ? "whole" : "small"), Path.of("target").toAbsolutePath(), LIMIT).run();
        assertThat(run.ending()).as("npm " + version + ": " + run.out() + run.err()).isEqualTo(new Ending.Exited(0));
        Facts facts = Facts.of(run.out());
        assertThat(facts.get("structs")).isEqualTo(versions().get(version));
        assertThat(facts.get("a state comes back")).isEqualTo("bit for bit");
        FOUND.put(version, facts);
        Allure.parameter("ggml", facts.get("ggml"));
        Allure.parameter("llama.cpp", versions().get(version) + " (npm " + version + ")");
        AllureReport.ofTest().figure("extent", "releases of llama.cpp beside this build's own",
                String.valueOf(versions().get(version)));
        if (!WHOLE) {
            Parity.tell(Double.parseDouble(facts.get("max abs diff")), "CPU");
        }
        System.out.println("live on llama.cpp " + versions().get(version) + " (npm " + version + "): "
                + (WHOLE
                        ? facts.get("tests") + " tests"
                        : facts.get("comparisons") + " comparisons, max abs diff "
                                + facts.get("max abs diff"))
                + "; a state without tokens " + facts.get("a state without tokens"));
    }

    /** The page's rows are what was measured. */
    private static void pageSaysSo() throws IOException {
        SortedSet<String> newest = FOUND.values().stream().reduce((first, second) -> second).orElseThrow().nodes;
        List<String> rows = FOUND.entrySet().stream().map(each -> row(each.getKey(), each.getValue(), newest)).toList();
        Allure.addAttachment("releases of llama.cpp", "text/markdown", String.join("\n", rows));
        assertThat(Files.readAllLines(PAGE)).as(PAGE.toString()).containsAll(rows);
    }

    private static String row(String version, Facts facts, SortedSet<String> newest) {
        return "| " + String.join(" | ", version, String.valueOf(versions().get(version)), facts.get("ggml"),
                facts.get("state bytes, 10 tokens"), facts.get("a state without tokens"),
                GraphNodes.difference(facts.nodes, newest)) + " |";
    }

    /** A release that renamed a node is refused by the node's name. */
    @Test
    void aNodeThatTheHookNeedsIsNamed() {
        SortedSet<String> nodes = new TreeSet<>(List.of("attn_norm-L MUL", "Qcur-L ADD", "Kcur-L MUL_MAT",
                "Vcur-L MUL_MAT", "MUL_MAT of blk.L.attn_output.weight", "result_norm GET_ROWS"));
        assertThat(GraphNodes.missing(nodes)).containsExactly("Qcur-L MUL_MAT");
        nodes.add("Qcur-L MUL_MAT");
        assertThat(GraphNodes.missing(nodes)).isEmpty();
        nodes.remove("attn_norm-L MUL");
        nodes.add("attn_norm-L MUL_MAT");
        assertThat(GraphNodes.missing(nodes)).containsExactly("attn_norm-L");
        assertThat(GraphNodes.difference(nodes, new TreeSet<>(List.of("Qcur-L MUL_MAT", "wqkv-L MUL_MAT"))))
                .startsWith("+Kcur-L MUL_MAT, ").endsWith("-wqkv-L MUL_MAT");
        assertThat(GraphNodes.general("blk.12.attn_q.weight node_33 cache_k_l4 Qcur-7"))
                .isEqualTo("blk.L.attn_q.weight node_N cache_k_lL Qcur-L");
    }
}
