package rwkvms.claims;

import java.util.List;
import java.util.Locale;

/** Claims about the number of parameters of the published memories. */
final class ParameterClaims {
    private static final String TOPIC = "parameters";

    private ParameterClaims() {
    }

    static List<Claim> all() {
        return List.of(trainable("2 layers, rank 8", 2, 8, "257,744"),
                trainable("6 layers, rank 8", 6, 8, "797,808"), trainable("24 layers, rank 4", 24, 4, "1,594,080"));
    }

    private static Claim trainable(String subject, int layers, int rank, String claimed) {
        ParameterCount count = ParameterCount.of(layers, rank);
        return Claim.compared(TOPIC, "trainable memory parameters, " + subject, claimed, grouped(count.saved()), "")
                .butExactly("these are the values saved. Without delta_k and delta_v, whose heads are not active, "
                        + grouped(count.trainable()) + " are trained; without memory_q, memory_k and ln_x.bias, which"
                        + " no output depends on, either, " + grouped(count.effective()) + " have an effect");
    }

    static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
