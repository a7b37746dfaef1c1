package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureReader;
import rwkvms.fixtures.FixtureWriter;
import rwkvms.math.MathTensor;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** Golden fixtures with one change and correct hashes, so that only the comparison can see it. */
final class EditedFixture {
    private EditedFixture() {
    }

    static Path fixture(String name) {
        return GateRun.GOLDEN.resolve(name).resolve("fixture.json.gz");
    }

    static Path sidecar(String name) {
        return GateRun.GOLDEN.resolve(name).resolve("sidecar.gguf");
    }

    static Path base() {
        return GateRun.GOLDEN.resolve("base.gguf");
    }

    /** The JSON text of a golden fixture. */
    static String text(String name) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(fixture(name)))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The golden fixture {@code name}, changed and written to a file. */
    static Path write(String name, Path file, UnaryOperator<Fixture> change) throws FixtureException, IOException {
        FixtureWriter.write(change.apply(FixtureReader.strict().read(fixture(name))), file, false);
        return file;
    }

    /** Returns the fixture with {@code delta} added to one element of an expected tensor. */
    static Fixture shifted(Fixture fixture, MathTensor name, int index, float delta) {
        Tensor tensor = fixture.expected(name).orElseThrow();
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(fixture.expected());
        if (tensor.dtype() == DType.INT64) {
            long[] values = tensor.toLongs();
            values[index] += (long) delta;
            expected.put(name.label(), Tensor.ofLongs(tensor.shape(), values));
        } else {
            float[] values = tensor.toFloats();
            values[index] += delta;
            expected.put(name.label(), Tensor.ofFloats(tensor.shape(), values));
        }
        return fixture.withExpected(expected);
    }

    static Fixture without(Fixture fixture, MathTensor name) {
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(fixture.expected());
        expected.remove(name.label());
        return fixture.withExpected(expected);
    }

    /** Returns the fixture as if it had been computed in another type; its tensors keep theirs. */
    static Fixture computedIn(Fixture fixture, DType dtype) {
        return fixture.withPass(fixture.pass().withDtype(dtype));
    }
}
