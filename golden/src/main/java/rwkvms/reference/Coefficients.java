package rwkvms.reference;

import rwkvms.math.MemoryConfig;

/**
 * Update coefficients (math.md §3) from the gates [T, G], broadcast to [T, D], and the decay of math.md §4 from feature_w.
 */
record Coefficients(Block keep, Block erase, Block write, Block decay) {

    static Coefficients of(MemoryConfig config, Block beta, Block lambda, Block featureW) {
        int tokens = beta.tokens();
        int d = config.readDim();
        int perGate = d / config.gateWidth();
        Coefficients out = new Coefficients(new Block(tokens, d), new Block(tokens, d), new Block(tokens, d),
                new Block(tokens, d));
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < d; i++) {
                double b = beta.at(t, i / perGate);
                double l = lambda.at(t, i / perGate);
                out.keep.set(t, i, keep(config, l));
                out.erase.set(t, i, erase(config, l, b));
                out.write.set(t, i, b);
                out.decay.set(t, i, Math.exp(-Math.exp(featureW.at(t, i))));
            }
        }
        return out;
    }

    private static double keep(MemoryConfig config, double lambda) {
        if (config.semanticsVersion() == 2) {
            return 1;
        }
        return switch (config.updateMode()) {
            case STANDARD, LAMBDA_OUTSIDE -> lambda;
            case NO_LAMBDA -> 1;
        };
    }

    private static double erase(MemoryConfig config, double lambda, double beta) {
        if (config.semanticsVersion() == 2) {
            return beta;
        }
        return switch (config.updateMode()) {
            case STANDARD, NO_LAMBDA -> beta;
            case LAMBDA_OUTSIDE -> lambda * beta;
        };
    }
}
