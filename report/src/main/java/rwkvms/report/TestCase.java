package rwkvms.report;

import java.util.List;

/**
 * A test and what came of it, for reports that other tools read.
 *
 * @param message why it did not pass; empty if it did
 * @param file    the file that it is about, for annotations; empty if there is none
 */
record TestCase(String name, Status status, String message, String file) {
    enum Status {
        PASSED("passed"), FAILED("FAILED"), NOT_EVALUATED("not evaluated"), NOT_JUDGED("NOT JUDGED");

        private final String words;

        Status(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    static TestCase of(Entry entry) {
        return switch (entry.outcome()) {
            case Outcome.Passed passed -> new TestCase(entry.name(), Status.PASSED, "", entry.file());
            case Outcome.Failed(List<String> reasons) -> new TestCase(entry.name(), Status.FAILED,
                    String.join("\n", reasons)
                            + (entry.reproduce().isEmpty() ? "" : "\nreproduce: " + entry.reproduce()),
                    entry.file());
            case Outcome.NotEvaluated(String reason) -> new TestCase(entry.name(), Status.NOT_EVALUATED, reason,
                    entry.file());
        };
    }

    static long count(List<TestCase> tests, Status status) {
        return tests.stream().filter(test -> test.status() == status).count();
    }

    static TestCase of(Obstacle error) {
        return new TestCase(error.name(), Status.NOT_JUDGED, error.message(), error.file());
    }
}
