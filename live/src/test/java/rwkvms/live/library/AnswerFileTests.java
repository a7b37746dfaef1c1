package rwkvms.live.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Answers and cases in files are read as they were written. */
final class AnswerFileTests {
    @TempDir
    private Path folder = Path.of("");

    private Answer copy(Answer answer) throws IOException {
        AnswerFile.write(folder.resolve("answer"), answer);
        return AnswerFile.read(folder.resolve("answer"));
    }

    @Test
    void wordsAreTheSame() throws IOException {
        for (Answer answer : new Answer[]{new Answer.Missed("zwei Köpfe \uD83D\uDE80"), new Answer.Failed(""),
                new Answer.Unusable("x".repeat(100_000))}) {
            assertThat(copy(answer)).isEqualTo(answer);
        }
    }

    @Test
    void tensorsAreTheSameBitForBit() throws IOException {
        TensorSet tensors = TensorSet.of(Map.of(MathTensor.READS,
                Tensor.ofFloats(Shape.of(1, 2, 2), -0f, Float.NaN, Float.MIN_VALUE, Float.NEGATIVE_INFINITY),
                MathTensor.FINAL_POSITIONS, Tensor.ofLongs(Shape.of(2), Long.MIN_VALUE, 7)));

        assertThat(copy(new Answer.Tensors(tensors))).isInstanceOfSatisfying(Answer.Tensors.class,
                read -> assertThat(read.tensors().sameBits(tensors)).isTrue());
    }

    /** A cut file is refused; and an incomplete file never gets the final name. */
    @Test
    void whatIsCutIsNoAnswer() throws IOException {
        Path file = folder.resolve("answer");
        AnswerFile.write(file, new Answer.Tensors(TensorSet.of(
                Map.of(MathTensor.READS, Tensor.ofFloats(Shape.of(2), 1, 2)))));
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> AnswerFile.read(file));
        }
        Files.write(file, new byte[]{9});
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> AnswerFile.read(file))
                .withMessage(file + ": expected a kind of answer, found 9");
    }

    @Test
    void nobodyWritesOfHisDeath() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> AnswerFile.write(folder.resolve("answer"), new Answer.NotRun()));
        assertThat(folder.resolve("answer")).doesNotExist();
    }

    @Test
    void casesAreTheSame() throws IOException {
        CaseFiles whole = new CaseFiles("a \"b\"", Path.of("f.json"), Optional.of(Path.of("s.gguf")),
                Optional.of(Path.of("/b.gguf")));
        CaseFiles alone = new CaseFiles("c", Path.of("g.json"), Optional.empty(), Optional.empty());
        List<Calls.OfCase> cases = List.of(Calls.OfCase.whole(whole), new Calls.OfCase(alone, Calls.chunks(7)),
                new Calls.OfCase(whole, Calls.steps(64)));
        CaseList.write(folder.resolve("cases"), cases);
        assertThat(CaseList.read(folder.resolve("cases"))).isEqualTo(cases);
    }
}
