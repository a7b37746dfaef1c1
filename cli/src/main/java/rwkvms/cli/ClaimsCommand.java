package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rwkvms.claims.Claim;
import rwkvms.claims.Claims;
import rwkvms.claims.Finding;
import rwkvms.claims.PublishedFiles;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Trials;
import rwkvms.report.Page;
import rwkvms.report.PageReport;
import rwkvms.report.Verdict;

/** {@code gate claims}: every published claim, recomputed where it can be. */
@Command(name = "claims", description = {"Recomputes the published claims: tables, parameter counts, sizes.",
        "A claim that differs fails; one that is imprecise has its exact statement below it."})
final class ClaimsCommand implements Callable<Integer> {
    private static final Path BESIDE_ROOT = Path.of("..", "shared", "upstream");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--published", paramLabel = "DIR", description = "Folder of the published files that some claims need, default ../shared/upstream beside this checkout.")
    private @Nullable Path published;

    @Override
    public Integer call() throws IOException {
        List<Measurement> measured = Trials.published();
        List<Claim> claims = Claims.all(measured, PublishedFiles.in(folder()));
        ObjectNode json = json(claims);
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            print(claims, spec.commandLine().getOut());
        }
        Path report = common.report();
        if (report != null) {
            PageReport.write(report, "gate claims", pages(claims, measured), markdown(claims), json.toString());
        }
        List<Claim> refuted = with(Finding.REFUTED, claims);
        refuted.forEach(claim -> spec.commandLine().getErr().println("gate: " + difference(claim)));
        return refuted.isEmpty() ? Verdict.PASSED : Verdict.FAILED;
    }

    private Path folder() throws IOException {
        if (published == null) {
            return Path.of(System.getProperty(GoldenFolder.ROOT_PROPERTY, ".")).resolve(BESIDE_ROOT);
        }
        return InputFiles.folder(published);
    }

    /** One page a claim, and one with both figures. */
    static List<Page> pages(List<Claim> claims, List<Measurement> measured) {
        List<Page> pages = new ArrayList<>();
        MechanismFigures figures = new MechanismFigures(measured);
        pages.add(new Page("bounds and recall by policy", "<p>" + count(claims) + "</p>",
                List.of(figures.bounds(), figures.policies()), "", new Page.Passed()));
        for (Claim claim : claims) {
            pages.add(new Page(claim.topic() + ": " + claim.subject(), html(claim), List.of(), "", outcome(claim)));
        }
        return pages;
    }

    private static Page.Outcome outcome(Claim claim) {
        return switch (claim.finding()) {
            case CONFIRMED, IMPRECISE -> new Page.Passed();
            case REFUTED -> new Page.Failed(difference(claim));
            case NOT_CHECKABLE -> new Page.Skipped(claim.note());
        };
    }

    private static String difference(Claim claim) {
        return claim.topic() + ", " + claim.subject() + ": expected " + claim.claimed() + ", as published, found "
                + claim.recomputed();
    }

    private static String html(Claim claim) {
        return Page.table(List.of(List.of("claimed", claim.claimed()), List.of("recomputed", claim.recomputed()),
                List.of("finding", claim.finding().label()), List.of("note", claim.note())));
    }

    private static void print(List<Claim> claims, PrintWriter out) {
        for (Claim claim : claims) {
            boolean same = claim.recomputed().isEmpty() || claim.recomputed().equals(claim.claimed());
            out.printf(Locale.ROOT, "%-13s  %-10s  %s: %s%s%n", claim.finding().label(), claim.topic(),
                    claim.subject(), claim.claimed(), same ? "" : "; recomputed: " + claim.recomputed());
            if (claim.finding() != Finding.CONFIRMED) {
                out.println(" ".repeat(15) + (claim.finding() == Finding.IMPRECISE ? "exactly: " : "") + claim.note());
            }
        }
        out.println(count(claims));
    }

    private static String markdown(List<Claim> claims) {
        StringBuilder text = new StringBuilder("# Published claims\n\n" + count(claims)
                + "\n\n| finding | topic | claim | claimed | recomputed | note |\n|---|---|---|---|---|---|\n");
        for (Claim claim : claims) {
            text.append("| ").append(String.join(" | ", List.of(claim.finding().label(), claim.topic(),
                    claim.subject(), claim.claimed(), claim.recomputed(), claim.note()))).append(" |\n");
        }
        return text.toString();
    }

    private static String count(List<Claim> claims) {
        return claims.size() + " claims: " + with(Finding.CONFIRMED, claims).size() + " confirmed, "
                + with(Finding.IMPRECISE, claims).size() + " imprecise, " + with(Finding.REFUTED, claims).size()
                + " refuted, " + with(Finding.NOT_CHECKABLE, claims).size() + " not checkable here";
    }

    private static List<Claim> with(Finding finding, List<Claim> claims) {
        return claims.stream().filter(claim -> claim.finding() == finding).toList();
    }

    private static ObjectNode json(List<Claim> claims) {
        List<Claim> refuted = with(Finding.REFUTED, claims);
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", refuted.isEmpty());
        refuted.forEach(claim -> json.withArray("errors").add(difference(claim)));
        json.withArray("errors");
        for (Finding finding : Finding.values()) {
            json.put(key(finding), with(finding, claims).size());
        }
        for (Claim claim : claims) {
            ObjectNode one = json.withArray("claims").addObject().put("topic", claim.topic())
                    .put("subject", claim.subject()).put("claimed", claim.claimed());
            if (claim.recomputed().isEmpty()) {
                one.putNull("recomputed");
            } else {
                one.put("recomputed", claim.recomputed());
            }
            one.put("finding", key(claim.finding())).put("note", claim.note());
        }
        return json.put("reproduce", "./gate claims --json");
    }

    private static String key(Finding finding) {
        return finding.name().toLowerCase(Locale.ROOT);
    }
}
