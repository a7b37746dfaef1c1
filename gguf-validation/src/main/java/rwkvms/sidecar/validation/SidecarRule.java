package rwkvms.sidecar.validation;

import rwkvms.sidecar.SidecarFile;

/**
 * A check of the validator. It stays silent if its input is missing or unreadable, because another rule reports that.
 */
@FunctionalInterface
interface SidecarRule {
    void check(SidecarFile file, Findings findings);
}
