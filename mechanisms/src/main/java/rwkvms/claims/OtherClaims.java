package rwkvms.claims;

import java.util.List;

/** Claims about programs and models that are not here, each with what would decide it. */
final class OtherClaims {
    private static final String RUNTIME = "runtime";
    private static final String PUBLISHED_RUNTIME = "a property of the published C++ runtime: needs its library; ";

    private OtherClaims() {
    }

    static List<Claim> all() {
        return List.of(
                Claim.notCheckable(RUNTIME, "sidecars refused",
                        "num_state_heads not 1, duplicate names, missing tensors, wrong shapes, wrong base hash",
                        PUBLISHED_RUNTIME + "'gate sidecar validate' has these rules"),
                Claim.notCheckable(RUNTIME, "state version 2",
                        "fingerprint, staged restore, length check, rollback, clear on failed restore",
                        PUBLISHED_RUNTIME + "the state tests here hold any runtime with rwkv_ms.h to them"),
                Claim.notCheckable(RUNTIME, "limits",
                        "one sequence, no speculation, -ub 1, copy, keep, shift and divide refused",
                        PUBLISHED_RUNTIME + "the state tests here hold any runtime with rwkv_ms.h to them"),
                Claim.notCheckable(RUNTIME, "launcher's arguments", "--batch-size 2 --ubatch-size 1 --parallel 1 …",
                        "needs the launch script"),
                Claim.notCheckable(RUNTIME, "health checks", "all pass", "needs a live server"),
                Claim.notCheckable(RUNTIME, "sampling smoke text", "! I'm excited to chat…", "needs the model"));
    }
}
