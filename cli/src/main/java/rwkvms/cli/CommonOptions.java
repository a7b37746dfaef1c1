package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine;
import rwkvms.report.FileReport;

/** Options that every command has. */
final class CommonOptions {
    @Option(names = "--json", description = "One JSON object on standard output, and nothing else there.")
    private boolean json;

    @Option(names = "--debug", description = "Stack traces of failures.")
    private boolean debug;

    @Option(names = "--report", paramLabel = "DIR", description = "Leaves an HTML page, Allure results, JUnit XML, a Markdown summary and the JSON verdict there.")
    private @Nullable Path report;

    /** The folder of the report, or null where none is asked for. */
    @Nullable
    Path report() {
        return report;
    }

    /** Leaves the report of a command on files, one test a subject; what is wrong with it fails its test. */
    void leave(String suite, Map<String, List<String>> problems, ObjectNode json) throws IOException {
        if (report != null) {
            FileReport.write(report, suite, problems, json.toString());
        }
    }

    /** The same with what was not evaluated and why, by its subject. */
    void leave(String suite, Map<String, List<String>> problems, Map<String, String> missed, ObjectNode json)
            throws IOException {
        if (report != null) {
            FileReport.write(report, suite, problems, missed, json.toString());
        }
    }

    boolean json() {
        return json;
    }

    boolean debug() {
        return debug;
    }

    static @Nullable CommonOptions of(CommandLine command) {
        return command.getCommandSpec().mixins().values().stream().map(mixin -> mixin.userObject())
                .filter(CommonOptions.class::isInstance).map(CommonOptions.class::cast).findFirst().orElse(null);
    }
}
