package rwkvms.report;

/**
 * One line of a report that other tools read: a test and what came of it.
 *
 * @param message why it did not pass; empty where it did
 * @param file    the file it is about, for annotations; empty where there is none
 */
record Tested(String name, Status status, String message, String file) {
    enum Status {
        PASSED, FAILED, NOT_EVALUATED, NOT_JUDGED
    }
}
