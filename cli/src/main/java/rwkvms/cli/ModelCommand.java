package rwkvms.cli;

import picocli.CommandLine.Command;

/** {@code gate model}: makes base models. */
@Command(name = "model", description = "Makes base models to try and measure with.", subcommands = ModelSynthesize.class)
final class ModelCommand extends CommandGroup {
}
