package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import rwkvms.mechanisms.Evidence;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Part;
import rwkvms.mechanisms.Summary;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Figure;
import rwkvms.report.Outcome;
import rwkvms.report.Page;
import rwkvms.report.Verdict;

/** {@code gate experiment}: the mechanism experiments over many seeds, with sweeps and the RWKV-MS update itself. */
@Command(name = "experiment", description = {
        "Runs the mechanism experiments over many seeds, with confidence intervals, sweeps and the RWKV-MS update.",
        "What is computed stays in DIR as CSV, and is not computed again (docs/mechanisms.md)."})
final class ExperimentCommand extends GateCommand {
    private static final int SEEDS = 200;
    private static final int MAX_SEEDS = 100_000;

    @Option(names = "--seeds", paramLabel = "N", description = "Seeds 0 to N − 1, default ${DEFAULT-VALUE}; the published tables have 5.")
    private int seeds = SEEDS;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the CSV files and figures, default ${DEFAULT-VALUE}.")
    private Path out = Path.of("target", "experiment");

    @Override
    public Integer call() throws IOException {
        require(seeds >= 2 && seeds <= MAX_SEEDS, "--seeds: expected 2 to " + MAX_SEEDS + ", found " + seeds);
        Map<Part, List<Measurement>> measured = run();
        List<Figure> figures = figures(measured);
        for (Figure figure : figures) {
            OutputFile.write(out.resolve(figure.name() + ".svg"), figure.svg());
            OutputFile.write(out.resolve(figure.name() + ".png"), figure.png());
        }
        for (Part part : Part.values()) {
            OutputFile.write(out.resolve(part.label() + "-summary.csv"), new Summary(of(part, measured)).csv());
        }
        List<RecallDifference> rows = RecallDifference.all(new Summary(of(Part.POLICIES, measured)));
        List<Entry> entries = figures.stream().map(figure -> new Entry(figure.name(), new Outcome.Passed())
                .with(new Page("", List.of(figure), ""))).toList();
        Verdict verdict = new Verdict("gate experiment", entries, List.of(), GateVersion.provenance(),
                "./gate experiment --seeds " + seeds, new ExperimentDetails(rows, seeds));
        return tell(verdict, (told, text) -> print(rows, text), List.of());
    }

    private Map<Part, List<Measurement>> run() throws IOException {
        int settings = List.of(Part.values()).stream().mapToInt(part -> part.settings().size()).sum();
        Progress progress = Progress.onTerminal(spec.commandLine().getErr(), settings * seeds);
        Evidence evidence = new Evidence(out, seeds, name -> {
            synchronized (progress) {
                progress.next(name);
            }
        });
        Map<Part, List<Measurement>> measured = new EnumMap<>(Part.class);
        try {
            for (Part part : Part.values()) {
                measured.put(part, evidence.of(part));
            }
        } finally {
            progress.end();
        }
        return measured;
    }

    private static List<Measurement> of(Part part, Map<Part, List<Measurement>> measured) {
        return measured.getOrDefault(part, List.of());
    }

    private static List<Figure> figures(Map<Part, List<Measurement>> measured) {
        MechanismFigures policies = new MechanismFigures(of(Part.POLICIES, measured));
        List<Figure> figures = new ArrayList<>(
                List.of(new MechanismFigures(of(Part.BOUNDS, measured)).bounds(), policies.policies()));
        Part.POLICIES.settings().forEach(setting -> figures.add(policies.ladder(setting)));
        for (Part sweep : List.of(Part.NOISE, Part.CAPACITY, Part.GATE)) {
            figures.add(new MechanismFigures(of(sweep, measured)).sweep(sweep));
        }
        return figures;
    }

    private void print(List<RecallDifference> rows, PrintWriter text) {
        text.println("recall, differences over the same " + seeds + " sequences, 95 % confidence interval");
        rows.forEach(row -> text.println(row.line()));
        text.println("figures and data: " + out);
    }

    /** The differences, in the JSON and in the summary. */
    private record ExperimentDetails(List<RecallDifference> rows, int seeds) implements Details {
        @Override
        public void write(ObjectNode json, boolean whole) {
            json.put("seeds", seeds);
            ArrayNode differences = json.putArray("differences");
            rows.forEach(row -> row.write(differences.addObject()));
        }

        @Override
        public String markdown(Verdict verdict) {
            StringBuilder markdown = new StringBuilder("# Mechanism experiments, " + seeds + " seeds\n\n");
            rows.forEach(row -> markdown.append("    ").append(row.line()).append('\n'));
            return markdown.toString();
        }
    }
}
