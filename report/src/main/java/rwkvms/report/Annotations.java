package rwkvms.report;

import java.util.ArrayList;
import java.util.List;

/** Results as workflow commands that a GitHub job prints: one {@code ::error} per failure, with its title, and its file if the checkout has it. */
final class Annotations {
    /** GitHub shows so many per step. */
    private static final int MAX_SHOWN = 10;
    /** An annotation is a note beside a file; the whole story is in the summary. */
    private static final int MAX_MESSAGE = 1000;

    private Annotations() {
    }

    /** Returns what all failures have in common as one annotation, then the failures. */
    static String of(Verdict verdict, Workspace workspace) {
        List<String> summary = verdict.details().summary();
        return (summary.isEmpty()
                ? ""
                : "::error title=" + property(verdict.suite()) + "::" + data(cut(String.join("\n", summary))) + "\n")
                + of(verdict.suite(), tests(verdict), workspace);
    }

    /** The failures with those that say the same together, the one to read first in front. */
    private static List<TestCase> tests(Verdict verdict) {
        List<TestCase> tests = new ArrayList<>();
        for (FailureGroup group : FailureGroup.of(verdict.failed())) {
            TestCase first = TestCase.of(group.first());
            int more = group.entries().size() - 1;
            tests.add(more == 0
                    ? first
                    : new TestCase(first.name() + " and " + more + " more", first.status(),
                            first.message() + "\n" + group.what() + "; the others: " + group.others(),
                            first.file()));
        }
        verdict.errors().forEach(error -> tests.add(TestCase.of(error)));
        verdict.notEvaluated().forEach(entry -> tests.add(TestCase.of(entry)));
        return tests;
    }

    static String of(String suite, List<TestCase> tests, Workspace workspace) {
        StringBuilder lines = new StringBuilder();
        List<TestCase> wrong = tests.stream().filter(test -> test.status() == TestCase.Status.FAILED
                || test.status() == TestCase.Status.NOT_JUDGED).toList();
        wrong.stream().limit(wrong.size() > MAX_SHOWN ? MAX_SHOWN - 1 : MAX_SHOWN)
                .forEach(test -> lines.append("::error ").append(file(workspace.place(test.file()))).append("title=")
                        .append(property(suite + ": " + test.name())).append("::").append(data(cut(test.message())))
                        .append('\n'));
        if (wrong.size() > MAX_SHOWN) {
            lines.append("::error title=").append(property(suite)).append("::")
                    .append(wrong.size() - MAX_SHOWN + 1).append(" more failed, see the summary\n");
        }
        long missed = TestCase.count(tests, TestCase.Status.NOT_EVALUATED);
        if (missed > 0) {
            lines.append("::notice title=").append(property(suite)).append("::").append(missed)
                    .append(" not evaluated, see the summary\n");
        }
        return lines.toString();
    }

    private static String file(String place) {
        return place.isEmpty() ? "" : "file=" + property(place) + ",";
    }

    private static String cut(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...";
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }
}
