package rwkvms.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine;
import rwkvms.nativeruntime.ExitGuard;
import rwkvms.report.Commit;

/** The command {@code gate} (gate.md). */
@Command(name = "gate", mixinStandardHelpOptions = true, scope = ScopeType.INHERIT, versionProvider = GateVersion.class, description = "Verifies RWKV-MS runtimes, fixtures, sidecars and states.", exitCodeOnInvalidInput = ExitCode.USAGE, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:passed", "1:failed: a difference, or a finding of severity error",
        "2:could not judge: unreadable or invalid input, wrong hash, no runtime", "64:usage"})
public final class Gate extends CommandGroup {
    private static final List<Class<?>> COMMANDS = List.of(CheckCommand.class, CompareCommand.class,
            FixtureCommand.class,
            SidecarCommand.class, StateCommand.class, ModelCommand.class, ForkCommand.class, RuntimeCommand.class,
            DevicesCommand.class, ReleasesCommand.class, PreflightCommand.class, ServeCommand.class,
            HealthCommand.class,
            TraceCommand.class, PromptsCommand.class, ClaimsCommand.class, ExperimentCommand.class);
    /** Set if {@code ./gate} asks for exit codes 80 and 81 instead of 0 and 1, which a library or the JVM may give too. */
    private static final String LAUNCHED_VARIABLE = "GATE_PASSED";
    private static final int LAUNCHED_PASSED = 80;
    /** The failure of {@code gate … | head}, which needs no message: its reader knows that there is more. */
    private static final String NOBODY_READS = "Broken pipe";

    /** Runs the command line and exits with its code. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // for what libraries print: usage, axes
        ExitGuard.arm(ExitCode.ofProcess(ExitCode.COULD_NOT_JUDGE, List.of(args)));
        Commit.ask();
        Runtime.getRuntime().addShutdownHook(new Thread(Gate::endChildren));
        StandardOutput out = new StandardOutput(new FileOutputStream(FileDescriptor.out));
        System.setOut(new PrintStream(new BufferedOutputStream(out), false, StandardCharsets.UTF_8));
        int code = ExitCode.ofProcess(written(run(commandLine(args), args), out), List.of(args));
        ExitGuard.lift();
        System.err.flush();
        boolean launched = String.valueOf(LAUNCHED_PASSED).equals(System.getenv(LAUNCHED_VARIABLE));
        Runtime.getRuntime().halt(launched && code <= ExitCode.FAILED ? LAUNCHED_PASSED + code : code);
    }

    /** Kills children if a signal ends this process; otherwise commands wait for them. */
    private static void endChildren() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    /** Returns the exit code, which is 1 only for differences: the JVM would also give it if it dies of an error. */
    static int run(CommandLine gate, String[] args) {
        try {
            int code = gate.execute(args);
            gate.getOut().flush();
            return code;
        } catch (StandardOutput.UnwrittenException e) {
            return ExitCode.COULD_NOT_JUDGE;
        } catch (RuntimeException | Error e) {
            System.err.println("gate: the JVM gave up: " + e);
            return ExitCode.COULD_NOT_JUDGE;
        }
    }

    /** Returns the exit code, or 2 if the verdict could not be written. */
    static int written(int code, StandardOutput out) {
        if (out.failure().isEmpty()) {
            return code;
        }
        String reason = Failures.message(out.failure().get());
        if (!reason.equals(NOBODY_READS)) {
            System.err.println("gate: standard output: cannot be written: " + reason);
        }
        return ExitCode.COULD_NOT_JUDGE;
    }

    /** The command that the arguments begin with, or all: to make all of them takes as long as to check a fixture. */
    static CommandLine commandLine(String... args) {
        List<Class<?>> named = COMMANDS.stream().filter(command -> args.length > 0 && name(command).equals(args[0]))
                .toList();
        CommandLine gate = new CommandLine(new Gate());
        (named.isEmpty() ? COMMANDS : named).forEach(gate::addSubcommand);
        return gate.setExecutionStrategy(Gate::runLast)
                .setExecutionExceptionHandler(Failures::handle)
                .setParameterExceptionHandler(Failures::usage);
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    /** Runs the command. Help and version are printed here: if they cannot be written, that is no internal error. */
    private static int runLast(CommandLine.ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (StandardOutput.UnwrittenException e) {
            return ExitCode.COULD_NOT_JUDGE;
        }
    }
}
