package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import rwkvms.checkpoint.Safetensors;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The page pipe.md has the bytes that are exchanged, and every operation. */
final class PipePageTests {
    private static final Path PAGE = Path.of(System.getProperty("rwkvms.root", "..")).resolve("docs/spec/pipe.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\n(0.*?)^```$");
    private static final int WIDTH = 16;

    private static List<Safetensors> exchange() {
        return List.of(new Request(Operation.HELLO).text("protocol", PipeProgram.PROTOCOL).message(),
                ReferenceTestee.hello(),
                new Request(Operation.SET_STATE).text("session", 1).text("layer", 2)
                        .row(MathTensor.INITIAL_STATE, Tensor.ofFloats(Shape.of(1, 1, 1, 1), 0.5f)).position(7)
                        .row(MathTensor.INITIAL_PREVIOUS_SOURCE, Tensor.ofFloats(Shape.of(1), -1f)).message());
    }

    /** The bytes of a message, as {@code hexdump -C} shows them. */
    private static String dump(Safetensors message) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Frame.write(out, message);
        byte[] bytes = out.toByteArray();
        StringBuilder dump = new StringBuilder();
        for (int at = 0; at < bytes.length; at += WIDTH) {
            StringBuilder hex = new StringBuilder();
            StringBuilder text = new StringBuilder();
            for (int i = at; i < Math.min(at + WIDTH, bytes.length); i++) {
                hex.append(String.format(Locale.ROOT, i - at == WIDTH / 2 ? " %02x " : "%02x ", bytes[i]));
                text.append(bytes[i] >= ' ' && bytes[i] <= '~' ? (char) bytes[i] : '.');
            }
            dump.append(String.format(Locale.ROOT, "%08x  %-49s |%s|%n", at, hex, text));
        }
        return dump.toString();
    }

    @Test
    void thePageHasEveryByte() throws IOException {
        List<String> shown = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
        while (blocks.find()) {
            shown.add(blocks.group(1));
        }
        List<String> real = new ArrayList<>();
        for (Safetensors message : exchange()) {
            real.add(dump(message));
        }
        assertThat(shown).isEqualTo(real);
    }

    @Test
    void thePageHasEveryOperationAndTheLargestMessage() throws IOException {
        String page = Files.readString(PAGE);
        for (Operation operation : Operation.values()) {
            assertThat(page).contains("| `" + operation.label() + "` |");
        }
        assertThat(page).contains("at most " + Frame.MAX + " bytes");
    }

    @Test
    void aMessageIsReadAsItWasWritten() throws IOException {
        for (Safetensors message : exchange()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Frame.write(out, message);
            Safetensors read = Frame.read(new ByteArrayInputStream(out.toByteArray()), "it");
            assertThat(read.metadata()).isEqualTo(message.metadata());
            assertThat(read.tensors().keySet()).isEqualTo(message.tensors().keySet());
            assertThat(read.tensors().keySet()).allMatch(
                    name -> read.tensors().get(name).sameBits(message.tensors().get(name)));
        }
    }
}
