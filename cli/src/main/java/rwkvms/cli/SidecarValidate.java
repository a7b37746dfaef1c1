package rwkvms.cli;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.gguf.Profile;
import rwkvms.gguf.Ruling;
import rwkvms.report.Verdict;
import rwkvms.sidecar.Finding;
import rwkvms.sidecar.FindingCode.Severity;
import rwkvms.sidecar.FindingCode;
import rwkvms.sidecar.SidecarValidator;
import rwkvms.sidecar.ValidationReport;

/** {@code gate sidecar validate FILE}: every finding, with its code, place, byte offset, expected and found. */
@Command(name = "validate", description = "Reports every fault of a sidecar.")
final class SidecarValidate implements Callable<Integer> {
    /** Not a finding about the file, but the lack of one. */
    private static final Set<FindingCode> UNREADABLE = EnumSet.of(FindingCode.FILE_UNREADABLE,
            FindingCode.BASE_UNREADABLE);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that it names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--sarif", paramLabel = "FILE", description = "Leaves the findings there as SARIF 2.1.0, with byte offsets.")
    private @Nullable Path sarif;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        if (base != null) {
            InputFiles.readable(base);
        }
        ValidationReport report = SidecarValidator.validate(file, base,
                HashProgress.onTerminal(spec.commandLine().getErr()));
        List<String> unreadable = report.findings().stream().filter(finding -> UNREADABLE.contains(finding.code()))
                .map(Finding::message).toList();
        ObjectNode json = json(report, unreadable);
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            print(report);
        }
        if (sarif != null) {
            Files.writeString(sarif, SarifLog.of(report) + "\n");
        }
        common.leave("gate sidecar validate", Map.of(file.toString(), errors(report)), json);
        unreadable.forEach(error -> spec.commandLine().getErr().println("gate: " + error));
        if (!unreadable.isEmpty()) {
            return Verdict.COULD_NOT_JUDGE;
        }
        return report.isValid() ? Verdict.PASSED : Verdict.FAILED;
    }

    private static List<String> errors(ValidationReport report) {
        return report.findings().stream().filter(finding -> finding.severity() == Severity.ERROR)
                .map(Finding::toString).toList();
    }

    private void print(ValidationReport report) {
        var out = spec.commandLine().getOut();
        for (Finding finding : report.findings()) {
            out.println(finding.severity() + " " + finding);
        }
        out.println("container: " + Stream.of(Profile.values())
                .map(profile -> words(profile) + " " + words(report.ruling(profile))).collect(joining(", ")));
        report.base().ifPresent(hash -> out.printf(Locale.ROOT, "base: %s, %d bytes in %.2f s by %s%n", hash.hex(),
                hash.bytes(), hash.seconds(), hash.engine()));
        int count = report.findings().size() + report.omitted();
        out.println(file + ": " + (report.isValid() ? "valid" : "NOT VALID") + ", "
                + (count == 1 ? "1 finding" : count + " findings")
                + (report.omitted() == 0 ? "" : ", " + report.omitted() + " of them not shown"));
    }

    private static String words(Profile profile) {
        return switch (profile) {
            case GGUF -> "the GGUF specification";
            case GGML -> "ggml's reader";
        };
    }

    private static String words(Ruling ruling) {
        return switch (ruling) {
            case TAKES -> "takes it";
            case REFUSES_DATA -> "takes its header and fails at its data";
            case UNDECIDED -> "was not evaluated to the end";
            case REFUSES -> "refuses it";
        };
    }

    private ObjectNode json(ValidationReport report, List<String> unreadable) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("ok", report.isValid());
        unreadable.forEach(json.putArray("errors")::add);
        json.put("file", file.toString()).put("omitted", report.omitted());
        ObjectNode container = json.putObject("container");
        for (Profile profile : Profile.values()) {
            container.put(profile.name(), report.ruling(profile).name());
        }
        report.base().ifPresent(hash -> json.putObject("base").put("sha256", hash.hex()).put("engine", hash.engine())
                .put("bytes", hash.bytes()).put("seconds", hash.seconds()));
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : report.findings()) {
            ObjectNode one = findings.addObject().put("code", finding.code().name())
                    .put("severity", finding.severity().name()).put("kind", finding.kind().name())
                    .put("place", finding.place());
            if (finding.byteOffset() == Finding.NOWHERE) {
                one.putNull("byte_offset");
            } else {
                one.put("byte_offset", finding.byteOffset());
            }
            one.put("expected", finding.expected()).put("found", finding.found())
                    .put("message", finding.message());
            ObjectNode rulings = one.putObject("container");
            for (Profile profile : Profile.values()) {
                rulings.put(profile.name(), finding.rulings().of(profile).name());
            }
        }
        return json;
    }
}
