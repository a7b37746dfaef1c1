package rwkvms.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import rwkvms.nativeruntime.ExitGuard;
import rwkvms.report.Verdict;

/** The command {@code gate} (gate.md): its subcommands, its exit codes, and how a failure is told. */
@Command(name = "gate", mixinStandardHelpOptions = true, scope = ScopeType.INHERIT, versionProvider = GateVersion.class, description = "Verifies RWKV-MS runtimes, fixtures, sidecars and states.", subcommands = {
        CheckCommand.class,
        FixtureCommand.class,
        SidecarCommand.class,
        StateCommand.class,
        ForkCommand.class,
        RuntimeCommand.class,
        PreflightCommand.class,
        ServeCommand.class,
        HealthCommand.class,
        TraceCommand.class,
        PromptsCommand.class,
        ClaimsCommand.class,
        ExperimentCommand.class}, exitCodeOnInvalidInput = Gate.USAGE, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                "0:passed", "1:failed: a difference, or a finding of severity error",
                "2:could not judge: unreadable or invalid input, wrong hash, no runtime", "64:usage"})
public final class Gate implements Runnable {
    /** A command line that cannot be understood. */
    static final int USAGE = 64;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    /** Runs the command line and exits with its code. */
    public static void main(String[] args) {
        ExitGuard.arm(Verdict.COULD_NOT_JUDGE);
        int code = run(args);
        ExitGuard.lift();
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(code);
    }

    /** The exit code 1, which the JVM gives when it dies of an error, is for differences alone. */
    private static int run(String[] args) {
        try {
            return commandLine().execute(args);
        } catch (RuntimeException | Error e) {
            System.err.println("gate: the JVM gave up: " + e);
            return Verdict.COULD_NOT_JUDGE;
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Gate()).setExecutionExceptionHandler(Failures::handle)
                .setParameterExceptionHandler(Failures::usage);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(),
                "expected a command: check, fixture, sidecar, state, fork, runtime, preflight, serve, health, trace, prompts, claims or experiment, found none");
    }
}
