package rwkvms.sidecar;

/** Symbols of the dimensions in sidecar.md's tensor list. */
public enum Dim {
    /** State read width, N · r. */
    D,
    /** Hidden size. */
    H,
    /** Rows of the gates. */
    G,
    /** Inner width of the decay projection. */
    L_W,
    /** Inner width of the a-gate projection. */
    L_A,
    /** Inner width of the output gate projection. */
    L_G,
    Q_OUT,
    K_OUT,
    V_OUT,
    O_OUT
}
