package rwkvms.live.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.ProbeCheck.Part;
import rwkvms.nativeruntime.Exports;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.Outcome;
import rwkvms.sidecar.synthesis.SidecarDamage;
import rwkvms.state.checks.StateChecks;

/**
 * All checks of a library: its exports, its start, every golden case, every damaged sidecar, the contract of states,
 * base binding, and every argument that the header promises to refuse. They run in the process that loads the library,
 * and open a runtime only when the first of them needs it.
 */
final class ProbeChecks implements AutoCloseable {
    private static final String OK = "RWKV_MS_OK";

    private final Path library;
    private final List<CaseFiles> golden;
    private final Path work;
    private final RuntimeChecks checks = new RuntimeChecks(this::runtime);
    private @Nullable NativeRuntime runtime;

    ProbeChecks(Path library, List<CaseFiles> golden, Path work) {
        this.library = library;
        this.golden = golden;
        this.work = work;
    }

    /** The checks in a fixed order, so that a process can continue where another one died. */
    List<ProbeCheck> all() {
        List<ProbeCheck> all = new ArrayList<>();
        all.add(new ProbeCheck(Part.EXPORTS, "every function of rwkv_ms.h", this::exports));
        all.add(new ProbeCheck(Part.IDENTITY, "ABI version, struct layouts, start", this::starts));
        all.addAll(checks.golden(golden));
        for (SidecarDamage damage : SidecarDamage.values()) {
            all.add(new ProbeCheck(Part.SIDECAR, damage.label(), () -> refuses(damage)));
        }
        all.addAll(checks.states(StateChecks.all()));
        all.addAll(new ContractChecks(library, golden, () -> runtime().handle(), work).all());
        return all;
    }

    /** What the golden cases that failed so far have in common. */
    List<Diagnosis> diagnoses() {
        return checks.diagnoses();
    }

    private NativeRuntime runtime() {
        NativeRuntime open = runtime;
        if (open == null) {
            open = NativeRuntime.open(String.valueOf(library.getFileName()), library, Optional.empty(), 1);
            runtime = open;
        }
        return open;
    }

    private Outcome exports() {
        List<String> missing = Exports.of(library).missing();
        return missing.isEmpty()
                ? new Outcome.Passed()
                : Outcome.of(missing.stream().map(name -> name + ": missing").toList());
    }

    private Outcome starts() throws IOException {
        String build = runtime().buildInfo();
        return build.startsWith("{")
                ? new Outcome.Passed()
                : new Outcome.Failed("rwkv_ms_build_info: expected a JSON object, found " + build);
    }

    /** Damages the first golden sidecar that there is, and requires a refusal. */
    private Outcome refuses(SidecarDamage damage) throws IOException {
        Optional<Path> sound = golden.stream().flatMap(files -> files.sidecar().stream()).findFirst();
        if (sound.isEmpty()) {
            return new Outcome.NotEvaluated("no golden case with a sidecar to damage");
        }
        NativeRuntime.Opening whole = runtime().tryOpen(sound.get(), Optional.empty());
        if (!whole.status().equals(OK)) {
            return new Outcome.NotEvaluated("the sound sidecar is not opened either: " + whole.status() + ": "
                    + whole.text());
        }
        Path damaged = Files.write(work.resolve("damaged.gguf"), damage.applyTo(Files.readAllBytes(sound.get())));
        NativeRuntime.Opening opening = runtime().tryOpen(damaged, Optional.empty());
        return opening.status().equals(OK)
                ? new Outcome.Failed("expected a refusal (the validator says " + damage.code()
                        + "), found it opened")
                : new Outcome.Passed();
    }

    @Override
    public void close() {
        checks.close();
        if (runtime != null) {
            runtime.close();
        }
    }
}
