package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureFault;
import rwkvms.fixtures.FixtureReader;
import rwkvms.report.Entry;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** {@code gate fixture}: works on fixture files. */
@Command(name = "fixture", description = "Works on fixture files.", subcommands = FixtureCommand.VerifyCommand.class)
final class FixtureCommand extends CommandGroup {
    /** {@code gate fixture verify FILE…}: checks every hash and every rule of fixture.md. */
    @Command(name = "verify", description = "Checks every hash of fixtures and every rule of their format.")
    static final class VerifyCommand extends GateCommand {
        @Parameters(paramLabel = "FILE", arity = "1..*", description = "Fixtures, .json or .json.gz.")
        private List<Path> files = List.of();

        @Override
        public Integer call() {
            List<Entry> sound = new ArrayList<>();
            List<Obstacle> refused = new ArrayList<>();
            List<String> lines = new ArrayList<>();
            ArrayNode fixtures = JsonNodeFactory.instance.arrayNode();
            for (Path file : files) {
                verify(file, fixtures.addObject(), sound, refused, lines);
            }
            Verdict verdict = new Verdict("gate fixture verify", sound, refused, GateVersion.provenance(), reproduce(),
                    (json, whole) -> json.set("fixtures", fixtures));
            return tell(verdict, (told, out) -> lines.forEach(out::println),
                    refused.stream().map(Obstacle::message).toList());
        }

        /** Adds a file. One that cannot be used is an error and no failure: nothing was judged by it. */
        private void verify(Path file, ObjectNode json, List<Entry> sound, List<Obstacle> refused,
                List<String> lines) {
            json.put("file", file.toString());
            try {
                Fixture fixture = FixtureReader.strict().read(InputFiles.readable(file));
                int tensors = fixture.inputs().size() + fixture.expected().size();
                json.put("ok", true).put("schema", fixture.schema().label()).put("tensors", tensors).put("values",
                        fixture.totalValues());
                fixture.unknown().forEach(json.putArray("unknown")::add);
                lines.add(file + ": sound, " + fixture.schema().label() + ", " + tensors + " tensors, "
                        + fixture.totalValues() + " values, every hash proven"
                        + (fixture.unknown().isEmpty() ? "" : "; unknown, not used: " + fixture.unknown()));
                sound.add(Entry.ofFile(file, new Outcome.Passed()));
            } catch (FixtureException e) {
                json.put("ok", false).put("fault", e.fault().name()).put("place", e.place());
                refused.add(refused(file, json, e.place().startsWith(file.toString())
                        ? Failures.message(e)
                        : file + ": " + Failures.message(e), e));
            } catch (IOException e) {
                json.put("ok", false).put("fault", FixtureFault.UNREADABLE.name()).put("place", file.toString());
                refused.add(refused(file, json, Failures.message(e), e));
            }
        }

        private Obstacle refused(Path file, ObjectNode json, String error, Exception failure) {
            if (common.debug()) {
                failure.printStackTrace(spec.commandLine().getErr());
            }
            json.put("error", error);
            return new Obstacle(file.toString(), error, file.toString());
        }

        private String reproduce() {
            Reproduce line = new Reproduce("fixture verify");
            files.forEach(file -> line.argument(file));
            return line.toString();
        }
    }
}
