package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rwkvms.live.server.GeneratedAnswer.Stop;
import rwkvms.llama.Vocabulary;

/** Answers of the tiny model: their length, why they end, and the pieces sent on the way. */
final class AnswerGeneratorTests {
    private static final int SIZE = 256;
    private static final int EOS = 1;
    private static final List<Integer> PROMPT = IntStream.range(330, 350).boxed().toList();
    private static final Sampling GREEDY = SamplerTests.sampling(0, 1, 1, 1, 0);

    private final Vocabulary words = TinyModel.get().words();
    private final Slot slot = new Slot(TinyModel.get(), SIZE, 1, new ServerLog(new PrintWriter(new StringWriter())));
    private final AnswerGenerator generator = new AnswerGenerator(slot, words);
    private final List<String> pieces = new ArrayList<>();
    private int looks;

    @AfterEach
    void close() {
        slot.close();
    }

    private GeneratedAnswer run(List<Integer> prompt, int maxTokens, Sampling sampling, String... stops) {
        pieces.clear();
        looks = -1; // the pulse itself looks once
        Pulse pulse = new Pulse(() -> {
        }, () -> {
            looks++;
            return 0;
        });
        return generator.run(new Generation(prompt, maxTokens, sampling, true, List.of(stops), false), pulse,
                (text, token) -> pieces.add(token + text));
    }

    private String text(List<Integer> tokens) {
        AnswerText text = new AnswerText(List.of());
        tokens.forEach(token -> text.add(words.piece(token)));
        text.end();
        return text.text();
    }

    @Test
    void theLastTokenIsChosenAndNotComputed() {
        GeneratedAnswer answer = run(PROMPT, 4, GREEDY);
        assertThat(answer.tokens()).hasSize(4);
        assertThat(answer.text()).isEqualTo(text(answer.tokens())).isNotBlank();
        assertThat(answer.stop()).isEqualTo(Stop.LIMIT);
        assertThat(answer.stoppedBy()).isEmpty();
        assertThat(answer.truncated()).isFalse();
        assertThat(answer.promptTokens()).isEqualTo(20);
        assertThat(answer.reusedTokens()).isZero();
        assertThat(slot.count()).isEqualTo(23);
        assertThat(looks).isEqualTo(2 + 4);
        assertThat(pieces).isEqualTo(answer.tokens().stream().map(token -> token + text(List.of(token))).toList());
        long minute = 60_000_000_000L;
        assertThat(answer.promptNanos()).isBetween(1L, minute);
        assertThat(answer.generatingNanos()).isBetween(1L, minute);

        List<Integer> further = new ArrayList<>(PROMPT);
        further.addAll(answer.tokens().subList(0, 3));
        GeneratedAnswer next = run(further, 1, GREEDY);
        assertThat(next.reusedTokens()).isEqualTo(23);
        assertThat(next.tokens()).containsExactly(answer.tokens().getLast());
    }

    @Test
    void ofNoTokenNothingIsSaid() {
        GeneratedAnswer answer = run(PROMPT, 0, GREEDY);
        assertThat(answer.tokens()).isEmpty();
        assertThat(answer.text()).isEmpty();
        assertThat(answer.stop()).isEqualTo(Stop.NONE);
        assertThat(pieces).isEmpty();
        assertThat(slot.count()).isEqualTo(20);
    }

    @Test
    void aFullContextEndsIt() {
        GeneratedAnswer answer = run(Collections.nCopies(SIZE - 2, 340), -1, GREEDY);
        assertThat(answer.tokens()).hasSize(3);
        assertThat(answer.truncated()).isTrue();
        assertThat(answer.stop()).isEqualTo(Stop.LIMIT);
        assertThat(slot.count()).isEqualTo(SIZE);
    }

    @Test
    void aStopTextEndsIt() {
        String whole = run(PROMPT, 12, GREEDY).text();
        String stop = whole.substring(3, 5);
        slot.clear();
        GeneratedAnswer answer = run(PROMPT, 12, GREEDY, "never", stop);
        assertThat(answer.stop()).isEqualTo(Stop.WORD);
        assertThat(answer.stoppedBy()).isEqualTo(stop);
        assertThat(answer.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    }

    /** Text that could have become a stop text is sent at the end, without a token. */
    @Test
    void whatWasHeldBackIsToldAtTheEnd() {
        String whole = run(PROMPT, 3, GREEDY).text();
        slot.clear();
        String last = whole.substring(whole.length() - 1);
        GeneratedAnswer answer = run(PROMPT, 3, GREEDY, last + "\0");
        assertThat(answer.text()).isEqualTo(whole);
        assertThat(answer.stop()).isEqualTo(Stop.LIMIT);
        assertThat(pieces.getLast()).isEqualTo("-1" + last);
    }

    /** With a seed that draws the end token first. */
    @Test
    void theTokenOfTheEndEndsIt() {
        run(PROMPT, 0, GREEDY);
        long seed = LongStream.range(0, 100_000)
                .filter(each -> new Sampler(hot(each)).next(slot.logits(), PROMPT) == EOS)
                .findFirst().orElseThrow();
        GeneratedAnswer answer = run(PROMPT, 5, hot(seed));
        assertThat(answer.tokens()).containsExactly(EOS);
        assertThat(answer.stop()).isEqualTo(Stop.EOS);
        assertThat(answer.text()).isEmpty();
        assertThat(pieces).isEmpty();
        assertThat(slot.count()).isEqualTo(20);
    }

    private static Sampling hot(long seed) {
        return SamplerTests.sampling(100, 0, 1, 1, seed);
    }

    /** Tokens of the prompt and of the answer are penalised. */
    @Test
    void whatWasSaidIsPenalized() {
        Sampling penalized = SamplerTests.sampling(0, 1, 1, 100, 0);
        assertThat(run(PROMPT, 30, penalized).tokens()).doesNotHaveDuplicates().doesNotContainAnyElementsOf(PROMPT);
    }

    @Test
    void promptsThatDoNotFit() {
        generator.requireFitting(Collections.nCopies(SIZE, 0));
        generator.requireFitting(List.of(words.size() - 1));
        refused(List.of(), "prompt: expected 1 to 256 tokens, found 0");
        refused(Collections.nCopies(SIZE + 1, 0), "prompt: expected 1 to 256 tokens, found 257");
        refused(List.of(0, -1), "token of the prompt: expected 0 to " + (words.size() - 1) + ", found -1");
        refused(List.of(words.size()),
                "token of the prompt: expected 0 to " + (words.size() - 1) + ", found " + words.size());
    }

    private void refused(List<Integer> prompt, String problem) {
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> generator.requireFitting(prompt))
                .withMessage(problem);
    }
}
