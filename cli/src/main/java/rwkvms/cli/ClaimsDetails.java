package rwkvms.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.claims.Claim;
import rwkvms.claims.ClaimResult;
import rwkvms.mechanisms.Measurement;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Page;
import rwkvms.report.Verdict;

/** What {@code gate claims} adds to its verdict: the published claims. */
record ClaimsDetails(List<Claim> claims) implements Details {
    private static final String INDENT = " ".repeat(15);

    ClaimsDetails {
        claims = List.copyOf(claims);
    }

    /** Returns one entry with both figures, then one per claim. */
    Verdict verdict(List<Measurement> measured) {
        List<Entry> entries = new ArrayList<>();
        MechanismFigures figures = new MechanismFigures(measured);
        entries.add(new Entry("bounds and recall by policy", new Outcome.Passed()).with(
                new Page("<p>" + count() + "</p>", List.of(figures.bounds(), figures.policies()), "")));
        claims.forEach(claim -> entries.add(new Entry(claim.topic() + ", " + claim.subject(), outcome(claim))
                .with(new Page(html(claim), List.of(), ""))));
        return new Verdict("gate claims", entries, List.of(), GateVersion.provenance(), "./gate claims --json", this);
    }

    private static Outcome outcome(Claim claim) {
        return switch (claim.result()) {
            case CONFIRMED, IMPRECISE -> new Outcome.Passed();
            case REFUTED -> new Outcome.Failed("expected " + claim.claimed() + ", as published, found "
                    + claim.recomputed());
            case NOT_CHECKABLE -> new Outcome.NotEvaluated(claim.note());
        };
    }

    private static String html(Claim claim) {
        return Page.table(List.of(List.of("claimed", claim.claimed()), List.of("recomputed", claim.recomputed()),
                List.of("finding", claim.result().label()), List.of("note", claim.note())));
    }

    void print(PrintWriter out) {
        for (Claim claim : claims) {
            boolean same = claim.recomputed().isEmpty() || claim.recomputed().equals(claim.claimed());
            out.printf(Locale.ROOT, "%-13s  %-10s  %s: %s%s%n", claim.result().label(), claim.topic(),
                    claim.subject(), claim.claimed(), same ? "" : "; recomputed: " + claim.recomputed());
            if (claim.result() != ClaimResult.CONFIRMED) {
                out.println(INDENT + (claim.result() == ClaimResult.IMPRECISE ? "exactly: " : "") + claim.note());
            }
        }
        out.println(count());
    }

    @Override
    public String markdown(Verdict verdict) {
        StringBuilder text = new StringBuilder("# Published claims\n\n" + count()
                + "\n\n| finding | topic | claim | claimed | recomputed | note |\n|---|---|---|---|---|---|\n");
        for (Claim claim : claims) {
            text.append("| ").append(String.join(" | ", List.of(claim.result().label(), claim.topic(),
                    claim.subject(), claim.claimed(), claim.recomputed(), claim.note()))).append(" |\n");
        }
        return text.toString();
    }

    private String count() {
        return claims.size() + " claims: " + with(ClaimResult.CONFIRMED).size() + " confirmed, "
                + with(ClaimResult.IMPRECISE).size() + " imprecise, " + with(ClaimResult.REFUTED).size()
                + " refuted, " + with(ClaimResult.NOT_CHECKABLE).size() + " not checkable here";
    }

    private List<Claim> with(ClaimResult result) {
        return claims.stream().filter(claim -> claim.result() == result).toList();
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        for (ClaimResult result : ClaimResult.values()) {
            json.put(key(result), with(result).size());
        }
        ArrayNode all = json.putArray("claims");
        for (Claim claim : claims) {
            all.addObject().put("topic", claim.topic()).put("subject", claim.subject()).put("claimed", claim.claimed())
                    .put("recomputed", claim.recomputed().isEmpty() ? null : claim.recomputed())
                    .put("finding", key(claim.result())).put("note", claim.note());
        }
    }

    private static String key(ClaimResult result) {
        return result.name().toLowerCase(Locale.ROOT);
    }
}
