package rwkvms.report;

/** A {@link Verdict} for a CI job's summary page: at most {@link #MAX_BYTES}. */
public final class MarkdownSummary {
    /** A job summary may have 1 MiB; a quarter is more than anybody reads. */
    static final int MAX_BYTES = 1 << 18;

    private MarkdownSummary() {
    }

    static String of(Verdict verdict) {
        BoundedText text = new BoundedText(MAX_BYTES);
        verdict.details().markdown(verdict).lines().forEach(text::line);
        return text.toString();
    }

    /** Returns the command, what all failures have in common, the failures with their messages, those that say the same together, then one item per other entry, and what passed but says little. */
    static String list(Verdict verdict) {
        StringBuilder text = new StringBuilder("# " + verdict.suite() + "\n\n");
        verdict.details().summary().forEach(line -> text.append(escaped(line)).append("\n\n"));
        for (FailureGroup group : FailureGroup.of(verdict.failed())) {
            append(text, TestCase.of(group.first()));
            if (group.entries().size() > 1) {
                text.append("  - the same, but for numbers: ").append(escaped(group.others())).append('\n');
            }
        }
        verdict.errors().forEach(error -> append(text, TestCase.of(error)));
        verdict.entries().stream().filter(entry -> !entry.failed()).forEach(entry -> append(text, TestCase.of(entry)));
        verdict.passed().stream().filter(entry -> !entry.mistrusted().isEmpty())
                .forEach(entry -> text.append("- mistrusted: ").append(escaped(entry.name() + ": "
                        + String.join("; ", entry.mistrusted()))).append('\n'));
        return text.toString();
    }

    private static void append(StringBuilder text, TestCase test) {
        text.append("- ").append(word(test.status())).append(": `").append(test.name().replaceAll("\\R|`", " "))
                .append("`\n");
        test.message().lines().forEach(line -> text.append("  - ").append(line).append('\n'));
    }

    /** A status as summaries show it: what is wrong stands out. */
    static String word(TestCase.Status status) {
        return switch (status) {
            case PASSED, NOT_EVALUATED -> status.words();
            case FAILED -> "**FAILED**";
            case NOT_JUDGED -> "**not judged**";
        };
    }

    /** Escapes text from files: nothing in it is taken for Markdown or HTML. */
    public static String escaped(String text) {
        return oneLine(text).replaceAll("([\\\\`*_\\[\\]<>|#])", "\\\\$1");
    }

    public static String oneLine(String text) {
        return text.replaceAll("\\R", " ");
    }
}
