package rwkvms.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code gate} of gate.md: prints its usage when no subcommand is given. */
@Command(name = "gate", mixinStandardHelpOptions = true, version = "0.1.0-SNAPSHOT", description = "Verifies RWKV-MS runtimes and files.")
public final class Gate implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    /** Runs the command line and exits with its code. */
    public static void main(String[] args) {
        Runtime.getRuntime().halt(new CommandLine(new Gate()).execute(args));
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
