package rwkvms.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.claims.Claim;
import rwkvms.claims.Finding;
import rwkvms.mechanisms.Measurement;
import rwkvms.report.Page;
import rwkvms.report.Verdict;

/** What became of the published claims, told in every way there is. */
record ClaimsVerdict(List<Claim> claims) {
    private static final String INDENT = " ".repeat(15);

    ClaimsVerdict {
        claims = List.copyOf(claims);
    }

    /** For standard error: what is refuted. */
    List<String> complaints() {
        return with(Finding.REFUTED).stream().map(ClaimsVerdict::difference).toList();
    }

    int exitCode() {
        return complaints().isEmpty() ? Verdict.PASSED : Verdict.FAILED;
    }

    /** One page a claim, and one with both figures. */
    List<Page> pages(List<Measurement> measured) {
        List<Page> pages = new ArrayList<>();
        MechanismFigures figures = new MechanismFigures(measured);
        pages.add(new Page("bounds and recall by policy", "<p>" + count() + "</p>",
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

    void print(PrintWriter out) {
        for (Claim claim : claims) {
            boolean same = claim.recomputed().isEmpty() || claim.recomputed().equals(claim.claimed());
            out.printf(Locale.ROOT, "%-13s  %-10s  %s: %s%s%n", claim.finding().label(), claim.topic(),
                    claim.subject(), claim.claimed(), same ? "" : "; recomputed: " + claim.recomputed());
            if (claim.finding() != Finding.CONFIRMED) {
                out.println(INDENT + (claim.finding() == Finding.IMPRECISE ? "exactly: " : "") + claim.note());
            }
        }
        out.println(count());
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Published claims\n\n" + count()
                + "\n\n| finding | topic | claim | claimed | recomputed | note |\n|---|---|---|---|---|---|\n");
        for (Claim claim : claims) {
            text.append("| ").append(String.join(" | ", List.of(claim.finding().label(), claim.topic(),
                    claim.subject(), claim.claimed(), claim.recomputed(), claim.note()))).append(" |\n");
        }
        return text.toString();
    }

    private String count() {
        return claims.size() + " claims: " + with(Finding.CONFIRMED).size() + " confirmed, "
                + with(Finding.IMPRECISE).size() + " imprecise, " + with(Finding.REFUTED).size()
                + " refuted, " + with(Finding.NOT_CHECKABLE).size() + " not checkable here";
    }

    private List<Claim> with(Finding finding) {
        return claims.stream().filter(claim -> claim.finding() == finding).toList();
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", exitCode() == Verdict.PASSED);
        complaints().forEach(json.putArray("errors")::add);
        for (Finding finding : Finding.values()) {
            json.put(key(finding), with(finding).size());
        }
        ArrayNode all = json.putArray("claims");
        for (Claim claim : claims) {
            ObjectNode one = all.addObject().put("topic", claim.topic())
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
