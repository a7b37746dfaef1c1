package rwkvms.report;

import java.util.List;

/**
 * Results as the workflow commands that a GitHub job prints to mark them: one {@code ::error} each, with file and title. GitHub
 * shows ten of a step.
 */
final class Annotations {
    static final int SHOWN = 10;
    /** An annotation is a note beside a file; the whole story is in the summary. */
    private static final int MAX_MESSAGE = 1000;

    private Annotations() {
    }

    static String of(String suite, List<TestCase> tests) {
        StringBuilder lines = new StringBuilder();
        List<TestCase> wrong = tests.stream().filter(test -> test.status() == TestCase.Status.FAILED
                || test.status() == TestCase.Status.NOT_JUDGED).toList();
        wrong.stream().limit(wrong.size() > SHOWN ? SHOWN - 1 : SHOWN).forEach(test -> lines.append("::error ")
                .append(test.file().isEmpty() ? "" : "file=" + property(test.file()) + ",").append("title=")
                .append(property(suite + ": " + test.name())).append("::").append(data(cut(test.message())))
                .append('\n'));
        if (wrong.size() > SHOWN) {
            lines.append("::error title=").append(property(suite)).append("::")
                    .append(wrong.size() - SHOWN + 1).append(" more failed, see the summary\n");
        }
        long missed = TestCase.count(tests, TestCase.Status.NOT_EVALUATED);
        if (missed > 0) {
            lines.append("::notice title=").append(property(suite)).append("::").append(missed)
                    .append(" not evaluated, see the summary\n");
        }
        return lines.toString();
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
