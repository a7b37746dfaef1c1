package rwkvms.claims;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Claims about training and benchmark: the arithmetic of their fractions, not the runs. */
final class TrainingClaims {
    private static final String TOPIC = "training";
    private static final int TASKS = 20;

    private TrainingClaims() {
    }

    static List<Claim> all() {
        List<Claim> claims = new ArrayList<>();
        for (String fraction : List.of("4/20 = 0.20", "7/20 = 0.35", "1/20 = 0.05", "9/20 = 0.45", "10/20 = 0.50",
                "12/20 = 0.60", "14/20 = 0.70")) {
            int solved = Integer.parseInt(fraction.substring(0, fraction.indexOf('/')));
            claims.add(Claim.compared(TOPIC, "benchmark, " + solved + " of " + TASKS + " solved", fraction,
                    String.format(Locale.ROOT, "%d/%d = %.2f", solved, TASKS, (double) solved / TASKS),
                    "arithmetic; the run needs the model"));
        }
        claims.add(Claim.notCheckable(TOPIC, "82 rows, 656 steps", "656", "the data are not published"));
        claims.add(Claim.notCheckable(TOPIC, "3,519 rows, 656 steps", "3,519", "the data are not published"));
        claims.add(Claim.notCheckable(TOPIC, "5,027 rows, 200 steps", "5,027", "the data are not published"));
        return claims;
    }
}
