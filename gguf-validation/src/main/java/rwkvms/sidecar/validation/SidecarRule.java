package rwkvms.sidecar.validation;

import rwkvms.sidecar.SidecarFile;

/**
 * One concern of the validator. A rule reports what it is about and stays silent where its input is missing or
 * unreadable, because another rule reports that.
 */
@FunctionalInterface
interface SidecarRule {
    void check(SidecarFile file, Findings findings);
}
