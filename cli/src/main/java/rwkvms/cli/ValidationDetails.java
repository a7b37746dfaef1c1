package rwkvms.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import rwkvms.gguf.Profile;
import rwkvms.gguf.Ruling;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome;
import rwkvms.report.Provenance;
import rwkvms.report.Remark;
import rwkvms.report.Verdict;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode.Severity;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.ValidationReport;

/**
 * What {@code gate sidecar validate} adds to its verdict: the findings about a sidecar.
 *
 * @param file as the user named it
 */
record ValidationDetails(Path file, ValidationReport report) implements Details {
    /** Codes that say that a file could not be judged. */
    private static final Set<FindingCode> UNREADABLE = EnumSet.of(FindingCode.FILE_UNREADABLE,
            FindingCode.BASE_UNREADABLE);
    private static final String HELP = "The page docs/sidecar-findings.md has every finding with its cause.";

    /** Returns a failure if there is a finding of severity error; what could not be read was not judged. */
    Verdict verdict(Provenance provenance, String reproduce) {
        List<Obstacle> unreadable = report.findings().stream()
                .filter(finding -> UNREADABLE.contains(finding.code()))
                .map(finding -> new Obstacle(file.toString(), finding.message(), file.toString())).toList();
        List<String> wrong = report.findings().stream().filter(finding -> finding.severity() == Severity.ERROR)
                .filter(finding -> !UNREADABLE.contains(finding.code())).map(Finding::toString).toList();
        Outcome outcome = wrong.isEmpty() && !unreadable.isEmpty()
                ? new Outcome.NotEvaluated(unreadable.getFirst().message())
                : Outcome.of(wrong);
        return new Verdict("gate sidecar validate", List.of(Entry.ofFile(file, outcome).with(new Remarks(report))),
                unreadable, provenance, reproduce, this);
    }

    /** The findings with their codes and places. */
    private record Remarks(ValidationReport report) implements EntryDetails {
        @Override
        public List<Remark> remarks() {
            return report.findings().stream().map(finding -> new Remark(rule(finding.code()), finding.message(),
                    finding.place(), finding.byteOffset() == Finding.NOWHERE
                            ? OptionalLong.empty()
                            : OptionalLong.of(finding.byteOffset())))
                    .toList();
        }

        @Override
        public int omittedRemarks() {
            return report.omitted();
        }

        private static Remark.Rule rule(FindingCode code) {
            return new Remark.Rule(code.name(), code.description(), switch (code.kind()) {
                case MALFORMED -> "the file is broken, nobody can use it";
                case UNSUPPORTED -> "the file is sound, but beyond what the C++ runtime honours";
                case WARNING -> "everybody can use the file, but it deserves a look";
            }, HELP, code.severity() == Severity.ERROR,
                    List.of("sidecar", code.kind().name().toLowerCase(Locale.ROOT)));
        }
    }

    void print(Verdict verdict, PrintWriter out) {
        for (Finding finding : report.findings()) {
            out.println(finding.severity() + " " + finding);
        }
        out.println("container: " + Stream.of(Profile.values())
                .map(profile -> words(profile) + " " + words(report.ruling(profile))).collect(joining(", ")));
        report.base().ifPresent(hash -> out.printf(Locale.ROOT, "base: %s, %d bytes in %.2f s by %s%n", hash.hex(),
                hash.bytes(), hash.seconds(), hash.engine()));
        int count = report.findings().size() + report.omitted();
        out.println(file + ": " + validity(verdict) + ", "
                + (count == 1 ? "1 finding" : count + " findings")
                + (report.omitted() == 0 ? "" : ", " + report.omitted() + " of them not shown"));
    }

    private static String validity(Verdict verdict) {
        return switch (verdict.state()) {
            case PASSED -> "valid";
            case FAILED -> "NOT VALID";
            case NOT_JUDGED -> "NOT JUDGED";
        };
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

    @Override
    public void write(ObjectNode json, boolean whole) {
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
            boolean nowhere = finding.byteOffset() == Finding.NOWHERE;
            one.put("byte_offset", nowhere ? null : (Long) finding.byteOffset());
            one.put("expected", finding.expected()).put("found", finding.found())
                    .put("message", finding.message());
            ObjectNode rulings = one.putObject("container");
            for (Profile profile : Profile.values()) {
                rulings.put(profile.name(), finding.rulings().of(profile).name());
            }
        }
    }
}
