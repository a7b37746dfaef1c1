package rwkvms.cli;

import picocli.CommandLine.Command;

/** {@code gate runtime …}: libraries that export rwkv_ms.h. */
@Command(name = "runtime", description = "Examines libraries that export rwkv_ms.h.", subcommands = RuntimeProbe.class)
final class RuntimeCommand extends CommandGroup {
}
