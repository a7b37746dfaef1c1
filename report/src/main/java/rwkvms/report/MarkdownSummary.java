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

    /** Returns the command, and one item per entry with its message below. */
    static String list(Verdict verdict) {
        StringBuilder text = new StringBuilder("# " + verdict.suite() + "\n\n");
        for (TestCase test : verdict.cases()) {
            text.append("- ").append(word(test.status())).append(": `").append(test.name().replaceAll("\\R|`", " "))
                    .append("`\n");
            test.message().lines().forEach(line -> text.append("  - ").append(line).append('\n'));
        }
        return text.toString();
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
