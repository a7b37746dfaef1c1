package rwkvms.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gate runtime …}: libraries that export rwkv_ms.h. */
@Command(name = "runtime", description = "Looks at libraries that export rwkv_ms.h.", subcommands = RuntimeProbe.class)
final class RuntimeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command: probe, found none");
    }
}
