package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureFault;
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
        public Integer call() throws IOException {
            List<String> errors = new ArrayList<>();
            Map<String, List<String>> problems = new LinkedHashMap<>();
            ArrayNode fixtures = JsonNodeFactory.instance.arrayNode();
            for (Path file : files) {
                int before = errors.size();
                verify(file, fixtures.addObject(), errors);
                problems.put(file.toString(), List.copyOf(errors.subList(before, errors.size())));
            }
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", errors.isEmpty());
            errors.forEach(json.putArray("errors")::add);
            json.set("fixtures", fixtures);
            if (common.json()) {
                spec.commandLine().getOut().println(json);
            }
            common.leave("gate fixture verify", problems, json);
            return errors.isEmpty() ? Verdict.PASSED : Verdict.COULD_NOT_JUDGE;
        }

        private void verify(Path file, ObjectNode json, List<String> errors) {
            json.put("file", file.toString());
            try {
                Fixture fixture = FixtureReader.strict().read(InputFiles.readable(file));
                int tensors = fixture.inputs().size() + fixture.expected().size();
                json.put("ok", true).put("schema", fixture.schema().label()).put("tensors", tensors).put("values",
                        fixture.totalValues());
                fixture.unknown().forEach(json.putArray("unknown")::add);
                tell(file + ": sound, " + fixture.schema().label() + ", " + tensors + " tensors, "
                        + fixture.totalValues() + " values, every hash proven"
                        + (fixture.unknown().isEmpty() ? "" : "; unknown, not used: " + fixture.unknown()));
            } catch (FixtureException e) {
                json.put("ok", false).put("fault", e.fault().name()).put("place", e.place());
                errors.add(refused(json, e.place().startsWith(file.toString())
                        ? Failures.message(e)
                        : file + ": " + Failures.message(e), e));
            } catch (IOException e) {
                json.put("ok", false).put("fault", FixtureFault.UNREADABLE.name()).put("place", file.toString());
                errors.add(refused(json, Failures.message(e), e));
            }
        }

        private String refused(ObjectNode json, String error, Exception failure) {
            if (common.debug()) {
                failure.printStackTrace(spec.commandLine().getErr());
            }
            json.put("error", error);
            spec.commandLine().getErr().println("gate: " + error);
            return error;
        }

        private void tell(String line) {
            if (!common.json()) {
                spec.commandLine().getOut().println(line);
            }
        }
    }
}
