package rwkvms.golden;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Tensor;

/** Golden cases, and copies of them with one thing wrong. */
final class AlteredCases {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    private AlteredCases() {
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
        return f.withExpected(expected);
    }

    static Fixture withExpected(Fixture f, MathTensor name, Tensor tensor) {
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(f.expected());
        expected.put(name.label(), tensor);
        return f.withExpected(expected);
    }

    static Fixture withInput(Fixture f, MathTensor name, Tensor tensor) {
        SequencedMap<String, Tensor> inputs = new LinkedHashMap<>(f.inputs());
        inputs.put(name.label(), tensor);
        return copy(f, inputs, f.adapterTensors().sha256(), f.unknown());
    }

    static Fixture withoutExpected(Fixture f) {
        return f.withExpected(new LinkedHashMap<>());
    }

    static Fixture withUnknown(Fixture f, String... names) {
        return copy(f, f.inputs(), f.adapterTensors().sha256(), List.of(names));
    }

    static Fixture withWeightHash(Fixture f, String name, String hash) {
        Map<String, String> hashes = new LinkedHashMap<>(f.adapterTensors().sha256());
        hashes.put(name, hash);
        return copy(f, f.inputs(), hashes, f.unknown());
    }

    static Fixture withLayer(Fixture f, int layer) {
        Fixture.Pass p = f.pass();
        return f.withPass(new Fixture.Pass(layer, p.seed(), p.dtype(), p.batchSize(), p.seqLen(), p.initialPosition(),
                p.tokenMask(), p.includeStepTrace(), p.trainableDeltaScale()));
    }

    static Fixture withTrainableDeltaScale(Fixture f) {
        Fixture.Pass p = f.pass();
        return f.withPass(new Fixture.Pass(p.layer(), p.seed(), p.dtype(), p.batchSize(), p.seqLen(),
                p.initialPosition(), p.tokenMask(), p.includeStepTrace(), true));
    }

    private static Fixture copy(Fixture f, SequencedMap<String, Tensor> inputs, Map<String, String> hashes,
            List<String> unknown) {
        return new Fixture(f.schema(), f.createdAt(), f.source(), f.pass(), f.config(),
                new Fixture.AdapterTensors(f.adapterTensors().names(), hashes), inputs, f.expected(), unknown);
    }
}
