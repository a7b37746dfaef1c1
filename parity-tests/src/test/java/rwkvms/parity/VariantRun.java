package rwkvms.parity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.Shard;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckedCase;
import rwkvms.report.Provenance;
import rwkvms.report.drift.Baseline;
import rwkvms.report.drift.BaselineFile;

/**
 * Runs all cases of some folders on one library and one CPU variant of ggml, in a process of its own because ggml loads only
 * one: {@code VariantRun <librwkv_ms> <libggml-cpu-*> <threads> <random configurations> <folder of cases>…}. Prints one line of
 * JSON; the exit code is 0 if all passed, 1 if one did not, and 3 if this CPU does not support the variant.
 */
public final class VariantRun {
    /** The property that names the file for the errors of a run that passes. */
    static final String ERRORS = "rwkvms.errors";
    static final int DIFFERS = 1;
    static final int UNSUPPORTED = 3;
    private static final int FIRST_FOLDER = 4;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final List<String> differences = new ArrayList<>();
    private final List<CheckedCase> checked = new ArrayList<>();
    private int passed;
    private int notEvaluated;
    private double maxAbsDiff;
    private double maxRatio;
    private String random = "";

    private VariantRun() {
    }

    public static void main(String[] args) throws Exception {
        NativeRuntime runtime;
        try {
            runtime = NativeRuntime.open(NativeRuntime.NAME, Path.of(args[0]), Optional.of(Path.of(args[1])),
                    Integer.parseInt(args[2]));
        } catch (NativeException refused) {
            System.out.println(JSON.createObjectNode().put("refused", refused.getMessage()));
            System.exit(UNSUPPORTED);
            return;
        }
        VariantRun run = new VariantRun();
        try (runtime) {
            for (String folder : List.of(args).subList(FIRST_FOLDER, args.length)) {
                for (CaseFiles files : CaseFiles.below(Path.of(folder))) {
                    try (GoldenCase golden = GoldenCase.open(files)) {
                        run.check(golden, runtime);
                    }
                }
            }
            run.judgeRandom(runtime, Integer.parseInt(args[FIRST_FOLDER - 1]), String.join(" ", args));
            Files.writeString(Path.of(System.getProperty(ERRORS, "errors.json")),
                    run.differences.isEmpty() ? run.baseline() : "");
            System.out.println(run.json(runtime));
        }
        System.exit(run.differences.isEmpty() ? 0 : DIFFERS);
    }

    private void check(GoldenCase golden, NativeRuntime runtime) throws Exception {
        CaseResult judged = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        checked.add(new CheckedCase(judged, ""));
        switch (judged) {
            case CheckResult result when result.ok() -> {
                passed++;
                maxAbsDiff = Math.max(maxAbsDiff, result.maxAbsDiff());
                maxRatio = Math.max(maxRatio, result.maxRatio());
            }
            case CheckResult result -> differences.add(golden.name() + ": "
                    + result.firstDivergence().map(Object::toString).orElse(result.errors().toString()));
            case CaseNotEvaluated skipped -> notEvaluated++;
        }
    }

    /** Long ones, other ones of each library, CPU variant and number of threads. */
    private void judgeRandom(NativeRuntime runtime, int configurations, String which) {
        LongAlarms alarms = new LongAlarms().with(Implementation.of(runtime.name(), runtime));
        alarms.judge(configurations, LongAlarms.SEED + which.hashCode(), Shard.ALL);
        alarms.members().forEach(member -> differences.addAll(member.shares().alarms()));
        random = alarms.table();
    }

    /** The errors, to compare with those of other variants. */
    private String baseline() {
        return BaselineFile.text(Baseline.of(new CheckDetails(List.of(), Tolerance.DEFAULT, checked),
                new Provenance(new TreeMap<>())));
    }

    private String json(NativeRuntime runtime) throws JsonProcessingException {
        return JSON.createObjectNode().put("passed", passed).put("not_evaluated", notEvaluated)
                .put("max_abs_diff", maxAbsDiff).put("max_ratio", maxRatio).put("random", random)
                .<ObjectNode>set("differences", JSON.valueToTree(differences))
                .set("build", JSON.readTree(runtime.buildInfo())).toString();
    }
}
