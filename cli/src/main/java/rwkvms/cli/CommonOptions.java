package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine;
import rwkvms.report.Obstacle;
import rwkvms.report.ReportFolder;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** The options that every command has. They say how a verdict is told. */
final class CommonOptions {
    @Option(names = "--json", description = "One JSON object on standard output, and nothing else there.")
    private boolean json;

    @Option(names = "--debug", description = "Prints stack traces of failures.")
    private boolean debug;

    /** It counts even on a command line that cannot be understood, where {@link ExitCode#ofProcess} reads it. */
    @SuppressWarnings("unused")
    @Option(names = ExitCode.BISECT, description = "Ends with 125 instead of 2 and 64: 'git bisect run' passes over what cannot be judged.")
    private boolean bisect;

    @Option(names = "--report", paramLabel = "DIR", description = "Writes an HTML page, Allure results, JUnit XML, a Markdown summary and the JSON verdict there.")
    private @Nullable Path report;

    boolean json() {
        return json;
    }

    boolean debug() {
        return debug;
    }

    /**
     * Writes the report, if one is asked for, and the verdict to standard output. A report that cannot be written is an error of the
     * verdict.
     *
     * @param whole      whether the JSON has everything
     * @param text       for people
     * @param complaints for standard error
     * @return the exit code
     */
    int tell(CommandLine command, Verdict verdict, boolean whole, BiConsumer<Verdict, PrintWriter> text,
            List<String> complaints) {
        Verdict told = left(verdict, command);
        PrintWriter out = command.getOut();
        if (json) {
            out.println(VerdictJson.of(told, whole));
        } else {
            text.accept(told, out);
        }
        out.flush();
        complaints.forEach(complaint -> complain(command, complaint));
        return ExitCode.of(told.state());
    }

    private Verdict left(Verdict verdict, CommandLine command) {
        if (report == null) {
            return verdict;
        }
        try {
            ReportFolder.write(verdict, report);
            return verdict;
        } catch (IOException e) {
            if (debug) {
                e.printStackTrace(command.getErr());
            }
            complain(command, Failures.message(e));
            return verdict.withError(new Obstacle("report", Failures.message(e)));
        }
    }

    private static void complain(CommandLine command, String complaint) {
        command.getErr().println("gate: " + complaint);
    }

    static @Nullable CommonOptions of(CommandLine command) {
        return command.getCommandSpec().mixins().values().stream().map(mixin -> mixin.userObject())
                .filter(CommonOptions.class::isInstance).map(CommonOptions.class::cast).findFirst().orElse(null);
    }
}
