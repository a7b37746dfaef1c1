package rwkvms.faults;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rwkvms.math.MathTensor;

/**
 * The child process: {@code SuiteRun <results> <stop at the first kill> <suite>…} on the library of {@code rwkvms.native}.
 * It adds {@code BEGIN <suite>} to the results before each suite, and {@code PASSED <checks>} or {@code FAILED <stage or ->
 * <text>} after it, with a line {@code NAMED <hypothesis>} before for each one that the gate names.
 */
public final class SuiteRun {
    static final String BEGIN = "BEGIN";
    static final String PASSED = "PASSED";
    static final String FAILED = "FAILED";
    static final String NAMED = "NAMED";
    static final String NO_STAGE = "-";

    private static final Pattern TENSOR = Pattern.compile("(\\w+): (?:expected shape|the tap differs)");

    private SuiteRun() {
    }

    public static void main(String[] args) throws Exception {
        Path results = Path.of(args[0]);
        boolean stop = Boolean.parseBoolean(args[1]);
        for (int i = 2; i < args.length; i++) {
            Suite suite = Suite.valueOf(args[i]);
            add(results, BEGIN + " " + suite);
            SuiteResult result = run(suite);
            if (result instanceof SuiteResult.Failed failed) {
                for (String name : failed.named()) {
                    add(results, NAMED + " " + name);
                }
            }
            add(results, switch (result) {
                case SuiteResult.Passed(int checks) -> PASSED + " " + checks;
                case SuiteResult.Failed failed ->
                    FAILED + " " + failed.stage().map(Enum::name).orElse(NO_STAGE) + " " + failed.said();
                default -> throw new IllegalStateException(suite + ": " + result);
            });
            if (stop && result.kills()) {
                break;
            }
        }
        Runtime.getRuntime().halt(0); // a faulty library may have left threads
    }

    private static SuiteResult run(Suite suite) throws Exception {
        return switch (suite) {
            case GOLDEN -> GoldenSuite.run();
            case SIDECAR -> SidecarSuite.run();
            case NATIVE, STATE, HOOK -> TestClasses.run(suite);
            case CPP -> throw new IllegalArgumentException("the suite cpp runs programs of its own");
        };
    }

    /** The stage of a failure without a divergence, by the function of the header or the tensor that its message names. */
    static Optional<FaultStage> stageOf(String message) {
        if (message.contains("rwkv_ms_sidecar_open")) {
            return Optional.of(FaultStage.SIDECAR);
        }
        if (message.contains("rwkv_ms_state_") || message.contains("rwkv_ms_context_")) {
            return Optional.of(FaultStage.STATE);
        }
        if (message.contains("rwkv_ms_runtime_create")) {
            return Optional.of(FaultStage.PROCESS);
        }
        Matcher tensor = TENSOR.matcher(message);
        return tensor.find()
                ? MathTensor.ofLabel(tensor.group(1)).flatMap(MathTensor::stage)
                        .map(stage -> FaultStage.valueOf(stage.name()))
                : Optional.empty();
    }

    private static void add(Path results, String line) throws Exception {
        Files.writeString(results, line.replace('\n', ' ').replace('\r', ' ') + "\n", StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
