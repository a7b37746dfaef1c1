package rwkvms.live.fork;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.comparison.Tolerance;

/** Calls a fork's {@code test-rwkv-ms-fixture FIXTURE [SIDECAR] RTOL ATOL}, case after case, and judges its answers. */
public final class ForkRun {
    /** After this many cases that did not end, the rest would only take time. */
    static final int STALLS = 3;

    private final Path executable;
    private final Tolerance tolerance;
    private final Duration limit;

    public ForkRun(Path executable, Tolerance tolerance, Duration limit) {
        this.executable = executable.toAbsolutePath();
        this.tolerance = tolerance;
        this.limit = limit;
    }

    /**
     * Judges the cases in order, and stops after the executable has stalled {@value #STALLS} times.
     *
     * @param work     the folder to run in
     * @param progress gets the name of each case before it runs
     * @throws IOException if the executable cannot be started
     */
    public List<ForkResult> judge(List<ForkCase> cases, Path work, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<ForkResult> results = new ArrayList<>();
        int stalls = 0;
        for (ForkCase each : cases) {
            if (stalls == STALLS) {
                break;
            }
            progress.accept(each.name());
            List<String> command = command(each);
            Child.Run run = new Child(command, work, Map.of(), limit).run();
            results.add(new ForkResult(each, command, run, each.problems(run)));
            stalls += run.ending() instanceof Ending.Stalled ? 1 : 0;
        }
        return results;
    }

    private List<String> command(ForkCase asked) {
        List<String> command = new ArrayList<>(List.of(executable.toString(), asked.fixture().toString()));
        asked.sidecar().ifPresent(sidecar -> command.add(sidecar.toAbsolutePath().toString()));
        command.add(String.valueOf(tolerance.rtol()));
        command.add(String.valueOf(tolerance.atol()));
        return command;
    }
}
