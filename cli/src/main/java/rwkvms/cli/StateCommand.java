package rwkvms.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gate state}: work on slot and session files. */
@Command(name = "state", description = "Works on slot and session files.", subcommands = {StateInspect.class,
        StateCorrupt.class})
final class StateCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command: inspect or corrupt, found none");
    }
}
