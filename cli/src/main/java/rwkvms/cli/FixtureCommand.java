package rwkvms.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureReader;
import rwkvms.report.Verdict;

/** {@code gate fixture}: work on fixture files. */
@Command(name = "fixture", description = "Works on fixture files.", subcommands = FixtureCommand.Verify.class)
final class FixtureCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "expected a command: verify, found none");
    }

    /** {@code gate fixture verify FILE…}: reads each, proving every hash and every rule of fixture.md. */
    @Command(name = "verify", description = "Proves every hash of fixtures and every rule of their format.")
    static final class Verify implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call()
        private CommandSpec spec;

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Parameters(paramLabel = "FILE", arity = "1..*", description = "Fixtures, .json or .json.gz.")
        private List<Path> files = List.of();

        @Override
        public Integer call() {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            boolean ok = true;
            var fixtures = json.putArray("fixtures");
            for (Path file : files) {
                ok &= verify(file, fixtures.addObject());
            }
            json.put("ok", ok);
            if (common.json()) {
                spec.commandLine().getOut().println(json);
            }
            return ok ? Verdict.PASSED : Verdict.COULD_NOT_JUDGE;
        }

        private boolean verify(Path file, ObjectNode json) {
            json.put("file", file.toString());
            try {
                Fixture fixture = FixtureReader.strict().read(file);
                json.put("ok", true).put("schema", fixture.schema().label())
                        .put("tensors", fixture.inputs().size() + fixture.expected().size())
                        .put("values", fixture.totalValues());
                fixture.unknown().forEach(json.putArray("unknown")::add);
                tell(file + ": sound, " + fixture.schema().label() + ", "
                        + (fixture.inputs().size() + fixture.expected().size()) + " tensors, " + fixture.totalValues()
                        + " values, every hash proven"
                        + (fixture.unknown().isEmpty() ? "" : "; unknown, not used: " + fixture.unknown()));
                return true;
            } catch (FixtureException e) {
                json.put("ok", false).put("fault", e.fault().name()).put("place", e.place()).put("error",
                        e.getMessage());
                spec.commandLine().getErr().println("gate: " + file + ": " + e.getMessage());
                return false;
            }
        }

        private void tell(String line) {
            if (!common.json()) {
                spec.commandLine().getOut().println(line);
            }
        }
    }
}
