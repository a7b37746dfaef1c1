package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.golden.Calls;
import rwkvms.nativeruntime.NativeFiles;

/** {@code gate check} of the memory's own graphs in float32: on the processor, and on every device that is here. */
final class Float32Tests {
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");

    @TempDir
    private Path folder = Path.of("");

    private static Path faulty(String fault) {
        return NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("faulty_" + fault));
    }

    private static List<Integer> sizes(JsonNode json, boolean ok) {
        return StreamSupport.stream(json.path("device_table").spliterator(), false)
                .filter(row -> row.path("ok").booleanValue() == ok).map(row -> row.path("microbatch").intValue())
                .toList();
    }

    @Test
    void theProcessorHoldsAtEverySize() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--float32", "--json", "--report", folder);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(sizes(run.json(), true)).isEqualTo(Calls.MICROBATCHES);
        assertThat(run.json().path("runtime").asText()).isEqualTo("native on CPU");
        assertThat(run.json().at("/provenance/device").asText()).isEqualTo("CPU");
        assertThat(run.json().at("/provenance/device.environment").asText())
                .isEqualTo(System.getenv().entrySet().stream()
                        .filter(variable -> variable.getKey().startsWith("GGML_")).map(Object::toString).sorted()
                        .collect(Collectors.joining(" ")));
        assertThat(run.json().path("reproduce").asText()).endsWith("--runtime native --float32");
        assertThat(run.json().at("/cases/3/case").asText()).isEqualTo("basic in microbatches of 8");
        assertThat(run.json().at("/cases/3/reproduce").asText())
                .endsWith(" --chunk 8 --runtime native --float32");
        assertThat(Files.readString(folder.resolve("summary.md"))).contains("| 64 | ");
    }

    /** TF32 from 8 tokens on, as on CUDA: the sizes below hold, and the verdict says which do not and where. */
    @Test
    void productsThatRoundFailFromTheirSizeOn() throws Exception {
        Object[] check = {"check", "--fixture", BASIC, "--runtime", faulty("rounds"), "--float32"};
        GateRun run = GateRun.of(GateRun.with(check, "--json"));

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(sizes(run.json(), true)).containsExactly(1, 2, 7);
        assertThat(sizes(run.json(), false)).containsExactly(8, 9, 16, 64);
        assertThat(run.json().at("/device_table/3/first").asText())
                .startsWith("projection, memory_v[0, 0, 0] (token 0,")
                .endsWith(" (basic)");
        assertThat(run.json().at("/device_table/3/stages/projection/ok").booleanValue()).isFalse();
        GateRun people = GateRun.of(GateRun.with(check, "--chunk", 8));
        assertThat(people.code()).isEqualTo(ExitCode.FAILED);
        assertThat(people.out())
                .contains(System.lineSeparator() + "at 8, first: projection, memory_v[0, 0, 0] (token 0,")
                .contains(" on CPU: no size of microbatch holds" + System.lineSeparator());
    }

    @Test
    void aLibraryThatComputesOnNoDeviceIsNotJudged() {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--runtime", faulty("placeless"), "--float32");

        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.out()).contains("not evaluated  basic in microbatches of 1 and 6 more runs: the runtime")
                .contains(" computes on no device that is named to it: its library has no rwkv_ms_context_create_on");
    }

    /** Every device that ggml has here; a build without a library of one, and one without a device, say so. */
    @TestFactory
    Stream<DynamicTest> devices() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (Devices found : Devices.in(NativeFiles.folder(), folder)) {
            found.devices().stream().filter(device -> !device.isProcessor())
                    .forEach(device -> tests.add(DynamicTest.dynamicTest(device.name() + ", " + device.description(),
                            () -> computes(device))));
            found.obstacle().ifPresent(why -> tests.add(notEvaluated(found.name() + ": " + why)));
        }
        return tests.isEmpty()
                ? Stream.of(notEvaluated("no library of a device beside llama.cpp: mvn -Pvulkan takes one"))
                : tests.stream();
    }

    private static DynamicTest notEvaluated(String why) {
        return DynamicTest.dynamicTest("NOT EVALUATED: " + why, () -> {
            throw new TestAbortedException("NOT EVALUATED: " + why);
        });
    }

    /** In the way that rounds least, every size holds; a library that computes on the processor instead is found. */
    private static void computes(Device device) throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--device", device.name(), "--precise", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(sizes(run.json(), true)).isEqualTo(Calls.MICROBATCHES);
        assertThat(run.json().at("/provenance/device").asText()).isEqualTo(device.name());
        assertThat(run.json().at("/provenance/device.description").asText()).isEqualTo(device.description());

        GateRun plain = GateRun.of("check", "--fixture", BASIC, "--device", device.name(), "--json");
        assertThat(sizes(plain.json(), true)).startsWith(1, 2, 7);

        GateRun fallback = GateRun.of("check", "--fixture", BASIC, "--runtime", faulty("fallback"), "--device",
                device.name(), "--chunk", 8, "--json");
        assertThat(fallback.code()).isEqualTo(ExitCode.FAILED);
        assertThat(fallback.json().at("/cases/0/errors/0").asText()).contains("device " + device.name()
                + ": projections: expected in the buffers " + device.buffers() + " alone, found CPU");
    }
}
