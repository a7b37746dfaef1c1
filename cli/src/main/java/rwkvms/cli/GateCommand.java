package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** A command with the options that all have. */
abstract class GateCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    protected CommandSpec spec;

    @Mixin
    protected CommonOptions common = new CommonOptions();

    /** Refuses the command line unless {@code holds}. */
    final void require(boolean holds, String problem) {
        ServerOptions.require(spec, holds, problem);
    }

    /**
     * Tells the verdict with its whole JSON.
     *
     * @param text       for people
     * @param complaints for standard error
     * @return the exit code
     */
    final int tell(Verdict verdict, BiConsumer<Verdict, PrintWriter> text, List<String> complaints) {
        return common.tell(spec.commandLine(), verdict, true, text, complaints);
    }

    /** Tells that a file was read or written. */
    final int tellDone(Path subject, Details details, BiConsumer<Verdict, PrintWriter> text) {
        return tell(new Verdict(spec.qualifiedName(), List.of(Entry.ofFile(subject, new Outcome.Passed())), List.of(),
                GateVersion.provenance(), "", details), text, List.of());
    }
}
