package rwkvms.claims;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import rwkvms.mechanisms.Conclusions;
import rwkvms.mechanisms.Experiment;
import rwkvms.mechanisms.Means;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.PublishedFacts;
import rwkvms.mechanisms.Setting;
import rwkvms.mechanisms.SmokeTest;
import rwkvms.mechanisms.Tables;
import rwkvms.mechanisms.WorstError;

/** Claims in the tables that compare DLA with RWKV memory, and the conclusions from them. */
final class MechanismClaims {
    private static final String TOPIC = "mechanisms";
    /** The error that the original's float32 sums allow; the nearest recall is 3.4e-6 from where the tables round. */
    private static final double RECALL = 1e-6;
    private static final double BOUND = 2e-5;
    private static final double SMOKE = 1e-12;

    private final List<Measurement> measured;
    private final Means means;

    MechanismClaims(List<Measurement> measured) {
        this.measured = measured;
        this.means = new Means(measured);
    }

    List<Claim> all(PublishedFiles files) throws IOException {
        List<Claim> claims = new ArrayList<>(rows());
        claims.add(differences());
        claims.addAll(conclusions());
        claims.add(trials("every value of every trial, as this repository carries them", PublishedFacts.trials()));
        claims.add(fullPrecision(files));
        double smoke = SmokeTest.difference();
        claims.add(Claim.compared(TOPIC, "smoke test of log-linear attention", "passes",
                smoke <= SMOKE ? "passes" : "differs by " + smoke,
                "with A = L = 1 it equals plain causal linear attention, max abs diff " + number(smoke)));
        return claims;
    }

    private List<Claim> rows() {
        List<String> published = PublishedFacts.tables();
        List<String> recomputed = new Tables(measured).rows();
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < published.size(); i++) {
            String subject = "table row " + (i + 1) + " of " + published.size();
            claims.add(Claim.compared(TOPIC, subject, published.get(i), recomputed.get(i),
                    "means over five seeds, as printed"));
        }
        return claims;
    }

    /** The last column of the table by policy. */
    private Claim differences() {
        List<String[]> rows = PublishedFacts.tables().stream().filter(row -> row.startsWith("state_only"))
                .map(row -> row.split(",", -1)).toList();
        long off = rows.stream().filter(row -> !row[8].equals(String.format(Locale.ROOT, "%+.3f",
                Double.parseDouble(row[7]) - Double.parseDouble(row[6])))).count();
        return Claim.compared(TOPIC, "column \"RWKV − linear\"", "15 rows", rows.size() + " rows", "")
                .butExactly("the differences of the unrounded means: in " + off
                        + " rows that is not the difference of the two printed columns");
    }

    private List<Claim> conclusions() {
        Conclusions conclusions = Conclusions.of(measured);
        return List.of(
                holds("DLA lowers the bound in every configuration", conclusions.boundLower(),
                        "four settings, means over five seeds"),
                holds("DLA recalls more than fixed blocks", conclusions.beatsFixed(), "").butExactly(whereFixedWins()),
                holds("DLA recalls more than the delta rule", conclusions.beatsDelta(),
                        "three settings, means over five seeds; the delta rule has one state, DLA 12 to 20"),
                holds("DLA recalls more than one RWKV-7 state", conclusions.beatsRwkv7(),
                        "three settings, means over five seeds; RWKV-7 has one state, DLA 12 to 20"),
                holds("multi-state RWKV-7 recalls no less than one state", conclusions.multiNotBelow(),
                        "three settings, means over five seeds"),
                Claim.compared(TOPIC, "RWKV-7 against linear states by policy: wins, losses, ties", "11, 0, 4",
                        conclusions.rwkvWins() + ", " + conclusions.linearWins() + ", " + conclusions.ties(),
                        "the ties are the rows where every needle has a block of its own: both recall 1, whatever the"
                                + " update"));
    }

    private static Claim holds(String subject, boolean holds, String note) {
        return Claim.compared(TOPIC, subject, "holds", holds ? "holds" : "does not hold", note);
    }

    /** The table by policy has settings whose capacity is below the number of needle and filler blocks. */
    private String whereFixedWins() {
        StringBuilder text = new StringBuilder(
                "in the three settings of the recall table, where K is enough for a block"
                        + " to each needle. In the table by policy, fixed blocks recall more at");
        String separator = " ";
        for (String memory : List.of("linear", "rwkv7")) {
            for (Setting setting : Setting.published(Experiment.STATE_ONLY)) {
                double fixed = means.of(setting, "fixed", memory);
                double dla = means.of(setting, "dla", memory);
                if (fixed > dla) {
                    text.append(separator).append(String.format(Locale.ROOT, "%s with %s states (%.3f to %.3f)",
                            setting.sizes(), memory, fixed, dla));
                    separator = ", ";
                }
            }
        }
        return text.toString();
    }

    private Claim trials(String subject, Map<PublishedFacts.Trial, Double> published) {
        WorstError worst = WorstError.of(measured, published);
        boolean equal = worst.missing() == 0 && worst.recall() <= RECALL && worst.bound() <= BOUND;
        return Claim.compared(TOPIC, subject, published.size() + " values of 110 trials",
                (equal
                        ? worst.compared() + " values"
                        : (published.size() - worst.missing()) + " values found, not all near")
                        + " of 110 trials",
                "integers equal; largest difference of a recall " + number(worst.recall()) + ", of a bound "
                        + number(worst.bound()));
    }

    private Claim fullPrecision(PublishedFiles files) throws IOException {
        Optional<Map<PublishedFacts.Trial, Double>> published = PublishedTrials.read(files);
        String subject = "every value of every trial, as published";
        return published.map(values -> trials(subject, values)).orElseGet(() -> Claim.notCheckable(TOPIC, subject,
                "265 values of 110 trials", PublishedFiles.absent(PublishedFiles.TRIALS)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2g", value);
    }
}
