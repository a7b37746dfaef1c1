package rwkvms.cli;

import picocli.CommandLine.Command;

/** {@code gate runtime …}: libraries that export rwkv_ms.h, and programs. */
@Command(name = "runtime", description = "Examines libraries that export rwkv_ms.h, and programs.", subcommands = RuntimeProbe.class)
final class RuntimeCommand extends CommandGroup {
}
