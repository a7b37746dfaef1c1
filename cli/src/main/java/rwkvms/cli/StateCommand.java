package rwkvms.cli;

import picocli.CommandLine.Command;

/** {@code gate state}: works on slot and session files. */
@Command(name = "state", description = "Works on slot and session files.", subcommands = {StateInspect.class,
        StateCorrupt.class})
final class StateCommand extends CommandGroup {
}
