package rwkvms.golden;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

import rwkvms.fixtures.DType;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Tensor;

/** Golden cases, and copies of them in which one thing is not as it should be. */
final class Altered {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    private Altered() {
    }

    static GoldenCase golden(String name) throws Exception {
        return GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow());
    }

    static GoldenCase with(GoldenCase golden, Fixture fixture) {
        return new GoldenCase(golden.name(), golden.fixtureFile(), fixture, golden.sidecar(), golden.base());
    }

    static GoldenCase withoutSidecar(GoldenCase golden) {
        return new GoldenCase(golden.name(), golden.fixtureFile(), golden.fixture(), Optional.empty(), golden.base());
    }

    static Fixture without(Fixture f, MathTensor name) {
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(f.expected());
        expected.remove(name.label());
        return copy(f, f.config(), f.inputs(), expected, f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withExpected(Fixture f, MathTensor name, Tensor tensor) {
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(f.expected());
        expected.put(name.label(), tensor);
        return copy(f, f.config(), f.inputs(), expected, f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withInput(Fixture f, MathTensor name, Tensor tensor) {
        SequencedMap<String, Tensor> inputs = new LinkedHashMap<>(f.inputs());
        inputs.put(name.label(), tensor);
        return copy(f, f.config(), inputs, f.expected(), f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withoutExpected(Fixture f) {
        return copy(f, f.config(), f.inputs(), new LinkedHashMap<>(), f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withUnknown(Fixture f, String... names) {
        return copy(f, f.config(), f.inputs(), f.expected(), f.adapterTensors().sha256(), List.of(names));
    }

    static Fixture withWeightHash(Fixture f, String name, String hash) {
        Map<String, String> hashes = new LinkedHashMap<>(f.adapterTensors().sha256());
        hashes.put(name, hash);
        return copy(f, f.config(), f.inputs(), f.expected(), hashes, f.unknown());
    }

    static Fixture withDtype(Fixture f, DType dtype) {
        Fixture.Config c = f.config();
        return copy(f, new Fixture.Config(c.layer(), c.seed(), dtype, c.batchSize(), c.seqLen(), c.hiddenSize(),
                c.rank(), c.numStateHeads(), c.stateReadDim(), c.initialPosition(), c.tokenMask(),
                c.includeStepTrace()), f.inputs(), f.expected(), f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withLayer(Fixture f, int layer) {
        Fixture.Config c = f.config();
        return copy(f, new Fixture.Config(layer, c.seed(), c.dtype(), c.batchSize(), c.seqLen(), c.hiddenSize(),
                c.rank(), c.numStateHeads(), c.stateReadDim(), c.initialPosition(), c.tokenMask(),
                c.includeStepTrace()), f.inputs(), f.expected(), f.adapterTensors().sha256(), f.unknown());
    }

    private static Fixture copy(Fixture f, Fixture.Config config, SequencedMap<String, Tensor> inputs,
            SequencedMap<String, Tensor> expected, Map<String, String> hashes, List<String> unknown) {
        return new Fixture(f.schema(), f.createdAt(), f.source(), config, f.deltaMemConfig(), f.scanConfig(),
                new Fixture.AdapterTensors(f.adapterTensors().names(), hashes), inputs, expected, unknown);
    }
}
