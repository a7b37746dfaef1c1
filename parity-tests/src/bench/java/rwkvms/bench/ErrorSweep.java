package rwkvms.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.LengthErrors.Share;
import rwkvms.parity.LengthErrors;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/** How far the reference and the C++ runtime are from the math in double, on the layer that is measured. */
final class ErrorSweep implements AutoCloseable {
    private static final List<Integer> TOKENS = List.of(16, 64, 256, 1024, 2048);
    private static final double[] SCALES = {0.5, 1};
    private static final long SEED = 14;

    private final Sidecar sidecar;
    private final NativeRuntime runtime = NativeRuntime.open();
    /** By the name of the benchmark. */
    private final Map<String, LoadedMemory> memories = new LinkedHashMap<>();

    ErrorSweep(Sidecar sidecar) throws NotEvaluatedException {
        this.sidecar = sidecar;
        memories.put("reference", new ReferenceRuntime().load(MemoryModel.of(sidecar)));
        memories.put("cpp", runtime.load(MemoryModel.of(sidecar)));
    }

    /** Of the hidden states of a benchmark, by the runtime's name among the benchmarks. */
    Map<String, Share> ofBenchmark(int tokens) {
        LengthErrors errors = new LengthErrors(sidecar, tokens, 1, BenchCase.SEED);
        Map<String, Share> shares = new LinkedHashMap<>();
        memories.forEach((name, memory) -> shares.put(name, errors.of(errors.run(memory))));
        return shares;
    }

    /** A line for each number of tokens, scale and tensor. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(List.of("tokens scale stage        tensor                "
                + "  reference: alone, from the start      over   cpp: alone, from the start      over"));
        for (int tokens : TOKENS) {
            for (double scale : SCALES) {
                append(lines, tokens, scale);
            }
        }
        return lines;
    }

    private void append(List<String> lines, int tokens, double scale) {
        LengthErrors errors = new LengthErrors(sidecar, tokens, scale, SEED);
        Map<MathTensor, StringBuilder> columns = new LinkedHashMap<>();
        for (LoadedMemory memory : memories.values()) {
            TensorSet run = errors.run(memory);
            Map<MathTensor, Share> alone = errors.ofEachStage(run);
            errors.fromTheStart(run).forEach((name, share) -> columns
                    .computeIfAbsent(name, first -> new StringBuilder(head(tokens, scale, name)))
                    .append(String.format(Locale.ROOT, " %12.2f %% %12.2f %% %9d", 100 * alone.get(name).largest(),
                            100 * share.largest(), share.over())));
        }
        columns.values().forEach(line -> lines.add(line.toString()));
    }

    private static String head(int tokens, double scale, MathTensor name) {
        return String.format(Locale.ROOT, "%6d %5.1f %-12s %-22s", tokens, scale,
                name.stage().map(Stage::label).orElse(""), name.label());
    }

    @Override
    public void close() {
        memories.values().forEach(LoadedMemory::close);
        runtime.close();
    }
}
