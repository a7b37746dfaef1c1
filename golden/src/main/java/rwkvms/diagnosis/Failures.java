package rwkvms.diagnosis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rwkvms.comparison.Divergence;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.tensor.Tensor;

/** What the failing cases of a runtime have in common. */
final class Failures {
    private static final List<String> ORDINALS = List.of("first", "second", "third", "fourth", "fifth", "sixth",
            "seventh", "eighth");

    private final List<Observation> failing;
    private final Collection<Observation> passing;
    private final int judged;

    /** Failures, the finest first, among so many runs. */
    Failures(List<Observation> failing, Collection<Observation> passing, int judged) {
        this.failing = failing;
        this.passing = passing;
        this.judged = judged;
    }

    /**
     * Where they differ first, in one line.
     *
     * @param follows whether something follows for the runtime: not if the fixture is another one
     */
    String where(boolean follows) {
        List<Divergence> first = first();
        String counted = failing.size() + " of " + judged + (judged == 1 ? " case" : " cases");
        if (first.isEmpty()) {
            return counted + " failed: a tensor is missing, or has another shape.";
        }
        Map<String, Long> places = first.stream().collect(Collectors.groupingBy(Failures::place, LinkedHashMap::new,
                Collectors.counting()));
        if (places.size() > 1) {
            return counted + " differ, first in "
                    + places.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(3)
                            .map(each -> each.getKey() + " (" + each.getValue() + ")")
                            .collect(Collectors.joining("; "))
                    + (places.size() > 3 ? " and " + (places.size() - 3) + " more tensors" : "") + from(first) + ".";
        }
        return counted + (failing.size() == 1 ? " differs" : " differ") + " first in "
                + place(first.getFirst()) + from(first) + (follows ? consequence() : "") + ".";
    }

    private List<Divergence> first() {
        return failing.stream().flatMap(each -> each.result().firstDivergence().stream()).toList();
    }

    private static String place(Divergence divergence) {
        return divergence.stage().label() + ", " + divergence.tensor().label();
    }

    private static String from(List<Divergence> first) {
        int[] tokens = first.stream().mapToInt(Divergence::token).sorted().toArray();
        if (tokens[0] < 0) {
            return "";
        }
        int last = tokens[tokens.length - 1];
        return tokens[0] == last
                ? ", from " + (last < ORDINALS.size() ? "the " + ORDINALS.get(last) + " token" : "token " + last)
                        + " on"
                : ", from token " + tokens[0] + " to " + last + " on";
    }

    /** What follows if only reads behind a write differ. */
    private String consequence() {
        List<Integer> writes = new ArrayList<>();
        for (Observation each : failing) {
            Optional<Divergence> first = each.result().firstDivergence();
            if (first.isEmpty() || first.get().stage() != Stage.SCAN || !isRead(first.get().tensor())) {
                return "";
            }
            writes.add(writesBefore(each, first.get()));
        }
        return writes.contains(0)
                ? ""
                : writes.stream().allMatch(count -> count == 1)
                        ? ": the state after the first write is wrong"
                        : ": the state after an earlier write is wrong";
    }

    private static boolean isRead(MathTensor tensor) {
        return switch (tensor) {
            case STATE_BEFORE, SLOT_READS, READ_SCORES, READ_ROUTES_PER_HEAD, READ_ROUTES, RAW_READS -> true;
            default -> false;
        };
    }

    /** Valid tokens before the first that differs, in its batch row. */
    private static int writesBefore(Observation observation, Divergence first) {
        int row = Integer.parseInt(first.index().replaceAll("^\\[(\\d+).*", "$1"));
        Optional<Tensor> mask = observation.fixture().optionalInput(MathTensor.TOKEN_MASK);
        int tokens = observation.fixture().pass().seqLen();
        return (int) IntStream.range(observation.from(), Math.max(first.token(), observation.from()))
                .filter(t -> mask.isEmpty() || mask.get().booleanAt(row * tokens + t)).count();
    }

    /** One line for each fact that tells failing cases from passing ones. */
    List<String> known() {
        List<String> known = new ArrayList<>();
        List<Divergence> first = first();
        if (!first.isEmpty()) {
            long atFirst = first.stream().filter(each -> each.token() == 0).count();
            int earliest = first.stream().mapToInt(Divergence::token).min().orElse(0);
            if (earliest >= 0) {
                known.add(atFirst == 0
                        ? "Token 0 is right in all of them; the first difference is at token " + earliest + "."
                        : "Token 0 differs in " + atFirst + " of them.");
            }
        }
        known.add(passing.isEmpty()
                ? "No case passes."
                : failing.size() <= passing.size()
                        ? "These fail: " + Diagnosis.names(failing.stream().map(Observation::name).toList()) + "."
                        : "These pass: " + Diagnosis.names(passing.stream().map(Observation::name).toList()) + ".");
        for (Trait trait : Trait.values()) {
            long having = passing.stream().filter(trait::of).count();
            if (!passing.isEmpty() && having < passing.size() && failing.stream().allMatch(trait::of)) {
                known.add("Only cases with " + trait.label() + " fail" + (having == 0
                        ? ", and all of them."
                        : ": " + failing.size() + " of " + (failing.size() + having) + "."));
            }
        }
        return known;
    }
}
