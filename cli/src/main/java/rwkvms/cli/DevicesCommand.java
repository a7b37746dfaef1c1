package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** {@code gate devices}: what ggml can compute on here. */
@Command(name = "devices", description = {
        "Lists what ggml can compute on here: the processor, and devices such as GPUs.",
        "A device is listed once it has multiplied two small matrices; otherwise its library says why there is none.",
        "Every command uses the processor unless --device names another."})
final class DevicesCommand extends GateCommand {
    private static final double GIB = 1 << 30;

    @Override
    public Integer call() throws IOException {
        Path work = TemporaryFolder.create("gate-devices");
        try {
            List<Devices> all = Devices.in(NativeFiles.folder(), work);
            List<Obstacle> died = all.stream().filter(Devices::died)
                    .map(each -> new Obstacle(each.name(), each.name() + ": " + each.obstacle().orElseThrow()))
                    .toList();
            Verdict verdict = new Verdict(spec.qualifiedName(), entries(all), died, GateVersion.provenance(),
                    new Reproduce("devices").toString(), (json, whole) -> write(all, json.putArray("devices")));
            return tell(verdict, (told, out) -> print(all, told, out), verdict.complaints());
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    /** One entry per device, and one per library that has none; one that ended its process is an obstacle instead. */
    private static List<Entry> entries(List<Devices> all) {
        List<Entry> entries = new ArrayList<>();
        for (Devices each : all) {
            for (Device device : each.devices()) {
                entries.add(new Entry(device.name(), new Outcome.Passed(),
                        List.of(device.description(), device.kind(), memory(device)), "", "", EntryDetails.NONE));
            }
            each.obstacle().filter(_ -> !each.died())
                    .ifPresent(why -> entries.add(new Entry(each.name(), new Outcome.NotEvaluated(why))));
        }
        return entries;
    }

    private static void write(List<Devices> all, ArrayNode json) {
        all.stream().flatMap(each -> each.devices().stream())
                .forEach(device -> json.addObject().put("name", device.name()).put("description", device.description())
                        .put("kind", device.kind()).put("memory_free", device.free())
                        .put("memory_total", device.total()).put("library", device.library()));
    }

    private static void print(List<Devices> all, Verdict verdict, PrintWriter out) {
        List<Device> devices = all.stream().flatMap(each -> each.devices().stream()).toList();
        for (Device device : devices) {
            out.printf(Locale.ROOT, "%-12s %-15s %20s  %-28s %s%n", device.name(), device.kind(), memory(device),
                    device.library(), device.description());
        }
        VerdictText text = new VerdictText(verdict, out);
        text.printProblems();
        text.printSummary(
                counted(devices.size(), "device", "devices") + ", "
                        + counted((int) all.stream().filter(each -> each.obstacle().isPresent()).count(), "library",
                                "libraries")
                        + " without one");
    }

    private static String counted(int count, String one, String several) {
        return count + " " + (count == 1 ? one : several);
    }

    private static String memory(Device device) {
        return String.format(Locale.ROOT, "%.1f of %.1f GiB free", device.free() / GIB, device.total() / GIB);
    }
}
