package rwkvms.child;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes how a child with a library ended, and what it wrote before. */
public final class Death {
    /** How much of the output is shown. */
    private static final int TOLD = 400;
    /** The line in which the JVM reports a signal that it catches itself, before it ends with a code of its own. */
    private static final Pattern BANNER = Pattern.compile("#  SIG[A-Z]+ \\(0x([0-9a-f]+)\\) at pc=");
    /** The beginning of that report. */
    private static final Pattern REPORT = Pattern.compile("#\\R# A fatal error");

    private Death() {
    }

    /** How the library ended its process, such as {@code the library crashed: signal 11 (SIGSEGV)}. */
    public static String words(Child.Run run) {
        Matcher banner = BANNER.matcher(run.out() + run.err());
        if (banner.find()) {
            return "the library " + new Ending.Crashed(Integer.parseInt(banner.group(1), 16)).words();
        }
        String said = said(run);
        String how = run.ending() instanceof Ending.Exited
                ? "ended the process: " + run.ending().words()
                : run.ending().words();
        return "the library " + how + (said.isEmpty() ? "" : "; it said: " + said);
    }

    /** The output of the library to both streams as one line, cut if it is long, without the JVM's report of a crash. */
    public static String said(Child.Run run) {
        String said = (beforeReport(run.out()) + beforeReport(run.err())).strip();
        String told = said.length() <= TOLD ? said : said.substring(0, TOLD) + "...";
        return told.replaceAll("\\R", " | ");
    }

    private static String beforeReport(String text) {
        Matcher report = REPORT.matcher(text);
        return report.find() ? text.substring(0, report.start()) : text;
    }
}
