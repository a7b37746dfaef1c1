package rwkvms.child;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a child with a library in it died of, and what it wrote before. */
public final class Death {
    /** Of what was written, so much is told. */
    private static final int TOLD = 400;
    /** What the JVM says of a signal that it takes itself: its number, before it ends with a code of its own. */
    private static final Pattern BANNER = Pattern.compile("#  SIG[A-Z]+ \\(0x([0-9a-f]+)\\) at pc=");
    /** Where it begins to say that. */
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

    /** What the library wrote to either stream, on one line and cut; what the JVM wrote of a crash is none of it. */
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
