package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import rwkvms.ggml.StructList;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** {@code gate releases}: the releases of llama.cpp that npm has, and which of them this suite knows. */
@Command(name = "releases", description = {
        "Lists the releases of llama.cpp that npm has since Gemma4 arrived, and which of them this suite knows.",
        "Of an unknown one it prints the line that makes it known. It needs npm and a network."})
final class ReleasesCommand extends GateCommand {
    /** The package whose versions are listed; those for other platforms have the same. */
    private static final String PACKAGE = "@node-llama-cpp/linux-x64";

    /** A version of the package. */
    private record Release(String version, Optional<String> known) {
        String cure() {
            return "its structs are not known; this line makes them known to the next build: native/src/main/sh/known-layout "
                    + version;
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<StructList> known = StructList.known(NativeFiles.folder()).lists();
        String oldest = known.stream().flatMap(each -> each.npm().stream()).min(NpmVersions.OLDEST_FIRST)
                .orElseThrow();
        List<Release> all = NpmVersions.of(PACKAGE).stream()
                .filter(version -> NpmVersions.OLDEST_FIRST.compare(version, oldest) >= 0)
                .map(version -> new Release(version, known.stream().filter(each -> each.npm().contains(version))
                        .map(StructList::release).findFirst()))
                .toList();
        Verdict verdict = new Verdict(spec.qualifiedName(), entries(all), List.of(), GateVersion.provenance(),
                new Reproduce("releases").toString(), (json, whole) -> write(all, json.putArray("releases")));
        return tell(verdict, (told, out) -> print(all, told, out), verdict.complaints());
    }

    private static List<Entry> entries(List<Release> all) {
        List<Entry> entries = new ArrayList<>();
        for (Release each : all) {
            entries.add(each.known.isPresent()
                    ? new Entry(each.version, new Outcome.Passed(), List.of(each.known.get()), "", "",
                            EntryDetails.NONE)
                    : new Entry(each.version, new Outcome.NotEvaluated(each.cure())));
        }
        return entries;
    }

    private static void write(List<Release> all, ArrayNode json) {
        all.forEach(each -> json.addObject().put("npm", each.version).put("release", each.known.orElse("")));
    }

    private static void print(List<Release> all, Verdict verdict, PrintWriter out) {
        all.forEach(each -> out.printf(Locale.ROOT, "%-10s %s%n", each.version,
                each.known.map(release -> "llama.cpp " + release).orElseGet(each::cure)));
        VerdictText text = new VerdictText(verdict, out);
        text.printProblems();
        text.printSummary(verdict.passed().size() + " known, " + verdict.notEvaluated().size() + " unknown");
    }
}
