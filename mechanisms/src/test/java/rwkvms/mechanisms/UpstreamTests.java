package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.SharedCases;

/** The facts that the repository carries against the published files, and what those files have beyond them. */
class UpstreamTests {
    private static final double RECALL = 1e-6;
    private static final double BOUND = 2e-5;
    /** The published boundaries have I_t to six digits at the start of a sequence. */
    private static final double INFORMATION = 1e-6;

    @TestFactory
    Stream<DynamicTest> sequences() {
        return SharedCases.ofBuild().withUpstream("dla_golden_boundaries.json", file -> {
            List<PublishedFacts.Sequence> facts = PublishedFacts.sequences();
            List<JsonNode> published = read(file).valueStream().toList();
            return Stream.of(
                    DynamicTest.dynamicTest("the repository's integers are those of the file",
                            () -> assertThat(facts)
                                    .isEqualTo(published.stream().map(UpstreamTests::sequence).toList())),
                    DynamicTest.dynamicTest("information at and away from cuts",
                            () -> published.forEach(UpstreamTests::assertInformation)));
        });
    }

    @TestFactory
    Stream<DynamicTest> summary() {
        return SharedCases.ofBuild().withUpstream("dla_summary.json", file -> {
            JsonNode summary = read(file);
            Means means = new Means(Trials.published());
            List<DynamicTest> tests = new ArrayList<>();
            for (Setting setting : Setting.published()) {
                List<JsonNode> rows = summary.path(setting.experiment().label()).valueStream()
                        .filter(row -> row.path("nseg").intValue() == setting.segments()).toList();
                tests.add(DynamicTest.dynamicTest(setting.experiment().label() + " " + setting.sizes(),
                        () -> rows.forEach(row -> assertMeans(row, setting, means))));
                assertThat(rows).hasSize(setting.experiment() == Experiment.STATE_ONLY ? 5 : 1);
            }
            return tests.stream();
        });
    }

    private static JsonNode read(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PublishedFacts.Sequence sequence(JsonNode json) {
        return new PublishedFacts.Sequence(json.path("exp").asText(), json.path("nseg").intValue(),
                json.path(json.has("seg_len") ? "seg_len" : "nfill").intValue(), json.path("K").intValue(),
                json.path("gen_seed").intValue(), json.path("T").intValue(), json.path("raw_u32_consumed").longValue(),
                integers(json, "needle_pos"), integers(json, "alg1_starts"),
                integers(json, json.has("final_starts") ? "final_starts" : "dla_starts"),
                integers(json, "fixed_starts"), integers(json, "noisy_starts"), integers(json, "low_k_starts"));
    }

    private static List<Integer> integers(JsonNode json, String name) {
        return json.path(name).valueStream().map(JsonNode::intValue).toList();
    }

    private static void assertInformation(JsonNode json) {
        TorchGenerator random = new TorchGenerator(json.path("gen_seed").intValue());
        int segments = json.path("nseg").intValue();
        InformationBlocks found = json.has("seg_len")
                ? InformationBlocks.of(DriftSequence
                        .draw(random, segments, json.path("seg_len").intValue(), DriftSequence.NOISE).tokens())
                : InformationBlocks.of(RecallSequence
                        .draw(random, segments, json.path("nfill").intValue(), RecallSequence.NOISE).features());
        for (int t = 0; t < json.path("info_first").size(); t++) {
            assertThat((double) found.information(t)).isCloseTo(json.path("info_first").path(t).doubleValue(),
                    within(INFORMATION));
        }
        double highest = 0;
        double lowest = Double.POSITIVE_INFINITY;
        List<Integer> starts = integers(json, "alg1_starts");
        for (int t = 1; t < found.blocks().tokens(); t++) {
            if (starts.contains(t)) {
                lowest = Math.min(lowest, found.information(t));
            } else {
                highest = Math.max(highest, found.information(t));
            }
        }
        if (json.has("info_min_cut")) {
            assertThat(highest).isCloseTo(json.path("info_max_noncut").doubleValue(), within(INFORMATION));
            assertThat(lowest).isCloseTo(json.path("info_min_cut").doubleValue(), within(INFORMATION));
        }
    }

    private static void assertMeans(JsonNode row, Setting setting, Means means) {
        String policy = row.path("policy").asText("");
        assertThat(means.states(setting, policy))
                .isEqualTo(row.path(row.has("m_dla") ? "m_dla" : "states").doubleValue());
        switch (setting.experiment()) {
            case BOUND -> {
                assertThat(means.of(setting, "", "fixed")).isCloseTo(row.path("bound_fixed").doubleValue(),
                        within(BOUND));
                assertThat(means.of(setting, "", "dla")).isCloseTo(row.path("bound_dla").doubleValue(), within(BOUND));
            }
            case RECALL -> {
                assertThat(means.of(setting, "", "delta_rule")).isCloseTo(row.path("recall_hrm_delta").doubleValue(),
                        within(RECALL));
                assertThat(means.of(setting, "", "rwkv7_multi"))
                        .isCloseTo(row.path("recall_hrm_rwkv7_multi").doubleValue(), within(RECALL));
            }
            case STATE_ONLY -> assertThat(means.of(setting, policy, "rwkv7") - means.of(setting, policy, "linear"))
                    .isCloseTo(row.path("rwkv_minus_linear").doubleValue(), within(RECALL));
        }
    }
}
