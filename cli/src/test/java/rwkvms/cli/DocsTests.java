package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.pipe.Python;

/**
 * Every command in a {@code sh} or {@code console} block of the documentation runs as it stands, and ends with the code that is
 * stated behind it ({@code # exits N}, else 0).
 */
class DocsTests {
    private static final Path DOCS = GateRun.ROOT.resolve("docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(?:sh|console)\\n(.*?)^```$");
    private static final Pattern EXITS = Pattern.compile("# exits (\\d+)");

    /** Prefixes of commands that do not run here, with reasons. */
    private static final Map<String, String> NOT_RUN = reasons(
            "mvn ", "Maven is what runs this test; CI runs mvn verify, and the release profile by itself",
            "cd cli/target/release", "of what mvn -Prelease leaves",
            "tar -xzf cli/target/release", "of what mvn -Prelease leaves",
            "rwkv-ms-gate-*/gate", "of what mvn -Prelease leaves",
            "/usr/bin/python3 golden/pytorch", "needs PyTorch, which the build does not",
            AuthorLineTests.COMMAND, "AuthorLineTests runs it",
            "npm pack ", "needs a network",
            "tar -xzf node-llama-cpp", "of what npm fetches",
            "git clone --bare package", "of what npm fetches",
            "mkdir -p llama-headers", "of what npm fetches",
            "gcc ", "CExampleTests runs it",
            "./decode ", "CExampleTests runs it");

    /** A command that leaves nothing that a later one would need. */
    private static final Pattern ONLY_JUDGES = Pattern.compile(
            "\\./gate (check|runtime probe|fixture verify) (?!.*(--report|--write-baseline))[^|>#]*(#.*)?");

    /** The beginning of an argument that needs a Python with NumPy. */
    private static final String NUMPY = "\"python3 ";

    private static Map<String, String> reasons(String... prefixesAndReasons) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (int i = 0; i < prefixesAndReasons.length; i += 2) {
            reasons.put(prefixesAndReasons[i], prefixesAndReasons[i + 1]);
        }
        return Map.copyOf(reasons);
    }

    private record Command(String page, String line) {
        /** The line with the Python that has NumPy, or the line itself. */
        String onThisMachine() throws InterruptedException {
            return line.replace(NUMPY, "\"" + Python.with("numpy").orElse("python3") + " ");
        }

        boolean evaluated() throws InterruptedException {
            return !line.contains(NUMPY) || Python.with("numpy").isPresent();
        }

        /** The line without what is said of it. */
        String bare() {
            return line.replaceFirst("\\s*#.*", "");
        }

        boolean onlyJudges() {
            return ONLY_JUDGES.matcher(line).matches();
        }

        int exits() {
            Matcher stated = EXITS.matcher(line);
            return stated.find() ? Integer.parseInt(stated.group(1)) : 0;
        }
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(DOCS)) {
            return files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
        }
    }

    private static List<Command> commands(Path page) throws IOException {
        List<Command> commands = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(page));
        while (blocks.find()) {
            blocks.group(1).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> commands.add(new Command(String.valueOf(page.getFileName()), line.strip())));
        }
        return commands;
    }

    private static boolean runs(Command command) {
        return NOT_RUN.keySet().stream().noneMatch(command.line()::startsWith);
    }

    /**
     * Runs the commands of each page in order, in one folder per page, and two pages side by side: most of the time of one goes by in
     * the starts of processes. What only judges, and stands on two pages, runs once.
     */
    @TestFactory
    Stream<DynamicTest> everyCommandRuns(@TempDir Path folder) throws IOException {
        Map<Path, List<Command>> all = new LinkedHashMap<>();
        Set<String> judged = new HashSet<>();
        for (Path page : pages()) {
            List<Command> commands = commands(page).stream().filter(DocsTests::runs)
                    .filter(command -> !command.onlyJudges() || judged.add(command.bare() + command.exits())).toList();
            if (!commands.isEmpty()) {
                all.put(page, commands);
            }
        }
        assertThat(all).hasSizeGreaterThanOrEqualTo(5);
        ExecutorService two = Executors.newFixedThreadPool(2);
        Map<Path, Future<List<String>>> begun = new LinkedHashMap<>();
        all.forEach((page, commands) -> begun.put(page,
                two.submit(() -> run(commands, folder.resolve(page.getFileName())))));
        return begun.entrySet().stream()
                .map(page -> DynamicTest.dynamicTest(String.valueOf(page.getKey().getFileName()),
                        () -> assertThat(page.getValue().get()).isEmpty()))
                .onClose(two::shutdownNow);
    }

    /** Runs commands until one does not end as it is stated to; returns what it wrote, or nothing. */
    private static List<String> run(List<Command> commands, Path own) throws Exception {
        Sandbox sandbox = Sandbox.in(Files.createDirectories(own));
        for (Command command : commands) {
            if (!command.evaluated()) {
                System.out.println("NOT EVALUATED: " + command.line() + ": " + Python.absent("numpy"));
                continue;
            }
            GateRun run = sandbox.bash(command.onThisMachine(), Map.of());
            if (run.code() != command.exits()) {
                return List.of("%s: %s%nexpected to end with %d, found %d%n%s".formatted(command.page(), command.line(),
                        command.exits(), run.code(), run.out()));
            }
        }
        return List.of();
    }

    /** Every prefix is that of a command. */
    @Test
    void everyReasonIsOfACommand() throws IOException {
        List<Command> all = new ArrayList<>();
        for (Path page : pages()) {
            all.addAll(commands(page));
        }
        assertThat(NOT_RUN.keySet())
                .allSatisfy(prefix -> assertThat(all).anyMatch(command -> command.line().startsWith(prefix)));
    }

    /** Links between pages and into the repository lead somewhere. */
    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        Pattern link = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");
        for (Path page : pages()) {
            Matcher links = link.matcher(Files.readString(page));
            while (links.find()) {
                assertThat(DOCS.resolve(links.group(1))).as("%s: %s", page.getFileName(), links.group(1)).exists();
            }
        }
    }
}
