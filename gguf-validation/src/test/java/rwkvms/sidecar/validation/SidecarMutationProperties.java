package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;

import io.qameta.allure.Allure;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.GgufParts;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.Mutation;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.sidecar.validation.MutationOracle.Effect;
import rwkvms.sidecar.validation.MutationOracle.Examination;

/**
 * Any change of any valid sidecar leaves the content as it is, or a finding names what is wrong.
 */
class SidecarMutationProperties {
    private static final int FILES = 38;
    /** One in every build, nine with the profile fuzz. */
    private static final int CHANGES_PER_KIND = Integer.getInteger("rwkvms.mutations", 1);
    /** Kinds that leave a file valid; every other is refused at least once. */
    private static final Set<Mutation.Kind> HARMLESS = EnumSet.of(Mutation.Kind.JSON_SPACED,
            Mutation.Kind.KEYS_SWAPPED, Mutation.Kind.TENSORS_SWAPPED, Mutation.Kind.DATA_ZERO_RESTATED);

    private static final MutationStatistics STATISTICS = new MutationStatistics();

    @Property(tries = FILES, edgeCases = EdgeCasesMode.NONE)
    @AddLifecycleHook(Coverage.class)
    void changesAreNamed(@ForAll("sizes") SidecarSizes sizes, @ForAll long seed) {
        byte[] bytes = SidecarWriter.toBytes(Drafts.of(sizes, seed));
        Mutation.Valid valid = Mutation.Valid.of(bytes);
        assertThat(valid.parts().bytes()).isEqualTo(bytes);
        MutationOracle oracle = new MutationOracle(bytes);
        STATISTICS.addFile();
        Random seeds = new Random(seed);
        for (Mutation.Kind kind : Mutation.Kind.values()) {
            for (int i = 0; i < CHANGES_PER_KIND; i++) {
                Mutation mutation = new Mutation(kind, seeds.nextLong());
                try {
                    STATISTICS.add(kind, oracle.judge(mutation.of(valid)));
                } catch (RuntimeException | AssertionError broken) {
                    throw new AssertionError(mutation + " of Drafts.of(" + sizes + ", " + seed + "L): "
                            + broken.getMessage(), broken);
                }
            }
        }
    }

    @Provide
    Arbitrary<SidecarSizes> sizes() {
        return SidecarSizesArbitrary.of(2, 1);
    }

    @Example
    void freePlacesAreFree() {
        for (FreePlace free : FreePlace.ALL) {
            byte[] bytes = free.change() == FreePlace.Change.AT_RANK_1
                    ? SidecarWriter.toBytes(Drafts.of(SidecarSizes.SMALL.withRank(1), 1))
                    : MalformedCorpus.valid();
            GgufParts parts = GgufParts.of(bytes);
            free.example().accept(parts);
            Examination examination = new MutationOracle(bytes).judge(parts.bytes());
            assertThat(examination.effect()).as("%s: %s", free.place(), examination.report().findings())
                    .isEqualTo(Effect.FREE);
        }
    }

    /** Attaches the statistics, and fails if a code or a kind of change never had its effect. */
    static final class Coverage implements AroundPropertyHook {
        @Override
        public PropertyExecutionResult aroundProperty(PropertyLifecycleContext context, PropertyExecutor property) {
            PropertyExecutionResult result = property.execute();
            Map<FindingCode, Integer> corpus = new EnumMap<>(FindingCode.class);
            for (MalformedClass malformed : MalformedCorpus.all()) {
                corpus.merge(malformed.code(), 1, Integer::sum);
                malformed.also().forEach(code -> corpus.merge(code, 1, Integer::sum));
            }
            System.out.println("seed " + result.seed().orElse("?") + ": " + STATISTICS.summary());
            Allure.addAttachment("Findings by code", "text/csv", STATISTICS.codesCsv(corpus), ".csv");
            Allure.addAttachment("Changes by kind", "text/csv", STATISTICS.kindsCsv(), ".csv");
            return result.status() == PropertyExecutionResult.Status.SUCCESSFUL ? judged(result, corpus) : result;
        }

        private static PropertyExecutionResult judged(PropertyExecutionResult result,
                Map<FindingCode, Integer> corpus) {
            Set<FindingCode> unseen = EnumSet.allOf(FindingCode.class);
            unseen.removeAll(STATISTICS.codes());
            unseen.removeAll(corpus.keySet());
            Set<Mutation.Kind> harmless = STATISTICS.kindsWithout(Effect.REFUSED);
            if (STATISTICS.changes() != FILES * Mutation.Kind.values().length * CHANGES_PER_KIND || !unseen.isEmpty()
                    || !harmless.equals(HARMLESS)) {
                return result.mapToFailed(STATISTICS.changes() + " changes; codes that nothing has: " + unseen
                        + "; kinds of change that were never refused: " + harmless);
            }
            return result;
        }
    }
}
