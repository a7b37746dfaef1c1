package rwkvms.sidecar;

import java.util.ArrayList;
import java.util.List;

/** Collects findings while the rules run, up to a bound that no honest file comes near. */
final class Findings {
    /** A hostile file can be wrong in every tensor; beyond this many, more findings help nobody. */
    static final int MAX_FINDINGS = 1000;

    private final List<Finding> all = new ArrayList<>();

    void add(FindingCode code, String place, long byteOffset, String expected, String found) {
        if (all.size() < MAX_FINDINGS) {
            all.add(new Finding(code, place, byteOffset, expected, found));
        }
    }

    List<Finding> all() {
        return List.copyOf(all);
    }
}
