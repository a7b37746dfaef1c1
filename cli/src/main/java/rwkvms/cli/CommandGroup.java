package rwkvms.cli;

import java.util.List;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only has subcommands. */
abstract class CommandGroup implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public final void run() {
        List<String> names = List.copyOf(spec.subcommands().keySet());
        int last = names.size() - 1;
        String all = last == 0
                ? names.getFirst()
                : String.join(", ", names.subList(0, last)) + " or " + names.getLast();
        throw new ParameterException(spec.commandLine(), "expected a command: " + all + ", found none");
    }
}
