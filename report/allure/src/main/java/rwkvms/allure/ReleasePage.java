package rwkvms.allure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a maintainer reads and signs before a release: one page, of what this build's tests said and of nothing else. What they do
 * not say is "not evaluated in this build", with the command that would.
 */
final class ReleasePage {
    static final String NAME = "release.html";
    private static final String NO_DATA = "not evaluated in this build: ";
    /** More reasons, failures or cases would not be read, and the page would not print on two sheets. */
    private static final int MAX_LINES = 12;
    /** What failures that are alike differ in. */
    private static final Pattern NUMBER = Pattern.compile("-?[0-9.]+(?:[eE][+-]?[0-9]+)?");

    /**
     * Something that the page tells if a test said it ({@code AllureReport.figure}).
     *
     * @param command that says it of all there is
     * @param some    whether a build without that command says it of some
     */
    private record Expected(String part, String name, String command, boolean some) {
    }

    private static final String GATE_POWER = "gate power";
    private static final String DRIFT = "drift";
    private static final String SPEED = "speed";
    private static final String EXTENT = "extent";
    private static final List<Expected> EXPECTED = List.of(
            new Expected(GATE_POWER, "faults killed", "mvn -Pfaults verify", true),
            new Expected(GATE_POWER, "stage named", "mvn -Pfaults verify", true),
            new Expected(GATE_POWER, "mutants killed", "mvn -Pmutants verify", false),
            new Expected(GATE_POWER, "false alarms, short", "mvn -Pfalsealarms verify", true),
            new Expected(GATE_POWER, "false alarms, long", "mvn -Pfalsealarms verify", true),
            new Expected(DRIFT, "against the baseline", "./gate check --baseline FILE", false),
            new Expected(SPEED, "decode with the memory", "mvn -Pbench verify", false),
            new Expected(SPEED, "save and load of the state", "mvn -Pbench verify", false),
            new Expected(SPEED, "cost at the real size", "mvn -Psize verify", false),
            new Expected(EXTENT, "releases of llama.cpp beside this build's own", "mvn -Preleases verify", true),
            new Expected(EXTENT, "types of weights", "mvn -Pbases verify", true),
            new Expected(EXTENT, "devices", "mvn -Pvulkan verify -Drwkvms.device=Vulkan0", true));

    private static final String STYLE = """
            body{font:12px/1.35 sans-serif;max-width:75em;margin:1.5em auto;padding:0 1em;color:#111;background:#fff}
            h1{font-size:1.6em;margin:.2em 0}h2{font-size:1.15em;margin:1em 0 .2em}p{margin:.3em 0}
            table{border-collapse:collapse;width:100%}
            th,td{padding:1px 6px;text-align:left;vertical-align:top;border-bottom:1px solid #ccc;font-weight:normal;overflow-wrap:break-word}
            thead th{font-weight:bold;border-bottom:2px solid #777}
            .bad{color:#a00;font-weight:bold}.missing{color:#555;font-style:italic}
            .sign{margin-top:1.5em;display:flex;gap:2em}.sign span{flex:1;border-top:1px solid #111;padding-top:.2em}
            @page{size:A4;margin:12mm}
            @media print{body{margin:0;padding:0;max-width:none;font-size:8px}h2{break-after:avoid}tr{break-inside:avoid}}
            """;

    private final List<JudgedTest> tests;
    private final Map<String, String> environment;
    private final String date;
    private final StringBuilder html = new StringBuilder();

    private ReleasePage(List<JudgedTest> tests, Map<String, String> environment, String date) {
        this.tests = List.copyOf(tests);
        this.environment = Map.copyOf(environment);
        this.date = date;
    }

    /** Returns the page. */
    static String of(List<JudgedTest> tests, Map<String, String> environment, String date) {
        return new ReleasePage(tests, environment, date).page();
    }

    private String page() {
        html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<title>RWKV-MS gate: release</title><style>\n").append(STYLE).append("</style></head><body>\n");
        appendVerdict();
        appendPromises();
        appendHeadroom();
        appendFailed();
        appendMissed();
        appendFigures("Gate power: are mistakes noticed, and nothing else?", GATE_POWER);
        appendFigures("Drift", DRIFT);
        appendFigures("Speed", SPEED);
        appendProvenance();
        html.append("<div class=\"sign\"><span>name</span><span>date</span><span>signature</span></div>\n");
        return html.append("</body></html>\n").toString();
    }

    private void appendVerdict() {
        long failed = tests.stream().filter(JudgedTest::failed).count();
        long passed = tests.stream().filter(JudgedTest::passed).count();
        long missed = tests.size() - failed - passed;
        String verdict = failed > 0
                ? "<span class=\"bad\">FAILED: " + failed + " of " + (failed + passed) + " tests</span>"
                : passed == 0 ? "<span class=\"bad\">NOT JUDGED: no test ran</span>" : "passed: " + passed + " tests";
        html.append("<h1>RWKV-MS gate: ").append(verdict).append("</h1>\n<p>").append(missed)
                .append(" not evaluated. Commit ").append(escaped(environment.getOrDefault("Commit", "unknown")))
                .append(", ").append(escaped(date))
                .append(". <a href=\"index.html\">Every test</a> is in the Allure page"
                        + " beside this one. All figures are those of this build's tests.</p>\n");
    }

    private void appendPromises() {
        Map<String, List<JudgedTest>> promises = new TreeMap<>(
                tests.stream().collect(Collectors.groupingBy(JudgedTest::promise)));
        html.append("<h2>What was promised</h2>\n");
        table(List.of("promise", "passed", "failed", "not evaluated", "time of its tests"));
        promises.forEach((promise, its) -> row(promise, count(its, JudgedTest.Status.PASSED),
                bad(its.stream().filter(JudgedTest::failed).count()), count(its, JudgedTest.Status.NOT_EVALUATED),
                String.format(Locale.ROOT, "%.0f s", its.stream().mapToLong(JudgedTest::millis).sum() / 1e3)));
        end();
    }

    private static String count(List<JudgedTest> tests, JudgedTest.Status status) {
        return String.valueOf(tests.stream().filter(test -> test.status() == status).count());
    }

    private static String bad(long count) {
        return count == 0 ? "0" : "<span class=\"bad\">" + count + " FAILED</span>";
    }

    private void appendHeadroom() {
        html.append("<h2>What was judged, and the headroom that was left</h2>\n");
        List<HeadroomRow> rows = HeadroomRow.of(tests, environment.getOrDefault("llama.cpp package", "-"));
        if (rows.isEmpty()) {
            html.append("<p class=\"missing\">").append(NO_DATA).append("mvn verify</p>\n");
            return;
        }
        table(List.of("part", "runtime", "device", "llama.cpp", "judged", "failed", "least headroom, and where"));
        rows.forEach(row -> row(row.part(), escaped(row.runtime()), escaped(row.devices()), escaped(row.llama()),
                escaped(row.cases()), bad(row.failed()), escaped(row.headroom())));
        end();
    }

    private void appendFailed() {
        List<JudgedTest> failed = tests.stream().filter(JudgedTest::failed).toList();
        if (failed.isEmpty()) {
            return;
        }
        html.append("<h2>What failed</h2>\n");
        table(List.of("test", "of", "message"));
        Map<String, List<JudgedTest>> alike = failed.stream()
                .collect(Collectors.groupingBy(test -> NUMBER.matcher(reason(test)).replaceAll("#"), LinkedHashMap::new,
                        Collectors.toList()));
        alike.values().stream().limit(MAX_LINES).forEach(tests -> {
            JudgedTest first = tests.getFirst();
            row(first.name() + (tests.size() == 1 ? "" : " and " + (tests.size() - 1) + " more"),
                    escaped(first.promise() + ", " + first.part()), escaped(reason(first)));
        });
        end();
        more(alike.size());
    }

    private void appendMissed() {
        Map<String, List<String>> reasons = tests.stream().filter(JudgedTest::missed).collect(Collectors.groupingBy(
                ReleasePage::reason, LinkedHashMap::new,
                Collectors.mapping(ReleasePage::what, Collectors.toList())));
        html.append("<h2>What was not judged, and why</h2>\n");
        table(List.of("reason, or how far it went", "what"));
        reasons.entrySet().stream().limit(MAX_LINES)
                .forEach(each -> row(each.getKey(), escaped(names(each.getValue()))));
        EXPECTED.stream().filter(expected -> expected.part().equals(EXTENT)).forEach(this::appendFigure);
        end();
        more(reasons.size());
    }

    private void more(int count) {
        if (count > MAX_LINES) {
            html.append("<p>").append(count - MAX_LINES).append(" more are in the Allure page.</p>\n");
        }
    }

    /** The name of a test that may say that it was not evaluated, and nothing else. */
    private static String what(JudgedTest test) {
        String name = test.name().replaceFirst("[:,]? *NOT EVALUATED.*", "");
        return name.isEmpty() ? test.promise() + ", " + test.part() : name;
    }

    private static String names(List<String> names) {
        List<String> shown = new ArrayList<>(names.stream().limit(3).toList());
        if (names.size() > shown.size()) {
            shown.add(names.size() - shown.size() + " more");
        }
        return String.join("; ", shown);
    }

    /** A reason without the test's name and the folders of this machine, in which equal reasons differ. */
    private static String reason(JudgedTest test) {
        String text = firstLine(test.message()).replaceFirst("^(NOT EVALUATED|DIFFERENCE): ", "");
        text = (text.startsWith(test.name() + ": ") ? text.substring(test.name().length() + 2) : text)
                .replaceAll("(\\.\\.)?/\\S*/", "\u2026/");
        return text.isEmpty() ? "no reason given" : text;
    }

    /** With the next one, if it only announces that, as many assertions do. */
    private static String firstLine(String message) {
        List<String> lines = message.lines().filter(line -> !line.isBlank()).limit(2).toList();
        return lines.isEmpty()
                ? ""
                : lines.getFirst().endsWith(":") ? String.join(" ", lines) : lines.getFirst();
    }

    private void appendFigures(String title, String part) {
        html.append("<h2>").append(title).append("</h2>\n");
        table(List.of("figure", "in this build"));
        EXPECTED.stream().filter(expected -> expected.part().equals(part)).forEach(this::appendFigure);
        others(part).forEach((name, value) -> row(name, value));
        end();
    }

    private void appendFigure(Expected expected) {
        String key = expected.part() + ": " + expected.name();
        List<String> found = said(key);
        row(expected.name(), found.isEmpty()
                ? "<span class=\"missing\">" + NO_DATA + "<code>" + escaped(expected.command()) + "</code></span>"
                : String.join("; ", found) + (expected.some()
                        ? " (all: <code>" + escaped(expected.command()) + "</code>)"
                        : ""));
    }

    /** What tests say under a name; one that failed says so beside it. */
    private List<String> said(String key) {
        return tests.stream().filter(test -> !test.missed() && test.parameters().containsKey(key))
                .map(test -> escaped(test.parameters().getOrDefault(key, ""))
                        + (test.failed() ? " <span class=\"bad\">FAILED</span>" : ""))
                .distinct().toList();
    }

    private Map<String, String> others(String part) {
        Map<String, String> others = new TreeMap<>();
        tests.stream().flatMap(test -> test.parameters().keySet().stream())
                .filter(key -> key.startsWith(part + ": ")).distinct()
                .filter(key -> EXPECTED.stream().noneMatch(each -> key.equals(each.part() + ": " + each.name())))
                .forEach(key -> {
                    List<String> said = said(key);
                    if (!said.isEmpty()) {
                        others.put(key.substring(part.length() + 2), String.join("; ", said));
                    }
                });
        return others;
    }

    private void appendProvenance() {
        html.append("<h2>Made from, and on</h2>\n<table>");
        new TreeMap<>(environment).forEach((name, value) -> row(name, escaped(value)));
        end();
    }

    private void table(List<String> columns) {
        html.append("<table><thead><tr>");
        columns.forEach(column -> html.append("<th scope=\"col\">").append(escaped(column)).append("</th>"));
        html.append("</tr></thead>\n");
    }

    /** A row of a header as text and of cells in HTML. */
    private void row(String header, String... cells) {
        html.append("<tr><th scope=\"row\">").append(escaped(header)).append("</th>");
        Arrays.stream(cells).forEach(cell -> html.append("<td>").append(cell).append("</td>"));
        html.append("</tr>\n");
    }

    private void end() {
        html.append("</table>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
