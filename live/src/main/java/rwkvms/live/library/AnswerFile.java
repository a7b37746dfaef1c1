package rwkvms.live.library;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;
import rwkvms.file.FileFailure;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Files with an {@link Answer} each, tensors as bytes. A file gets its name only when it is whole: what a process was
 * writing when it died is not an answer.
 */
final class AnswerFile {
    private static final int TENSORS = 1;
    private static final int MISSED = 2;
    private static final int FAILED = 3;
    private static final int UNUSABLE = 4;
    private static final String UNFINISHED = ".part";

    private AnswerFile() {
    }

    static void write(Path file, Answer answer) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + UNFINISHED);
        FileFailure.naming(part, () -> writeWhole(part, answer));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void writeWhole(Path part, Answer answer) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(part)))) {
            switch (answer) {
                case Answer.Tensors given -> write(out, given.tensors());
                case Answer.Missed missed -> write(out, MISSED, missed.reason());
                case Answer.Failed failed -> write(out, FAILED, failed.problem());
                case Answer.Unusable unusable -> write(out, UNUSABLE, unusable.problem());
                case Answer.Died _,Answer.NotRun _ ->
                    throw new IllegalArgumentException("no process says of itself: " + answer);
            }
        }
    }

    private static void write(DataOutputStream out, int kind, String text) throws IOException {
        out.writeByte(kind);
        write(out, text);
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void write(DataOutputStream out, TensorSet tensors) throws IOException {
        out.writeByte(TENSORS);
        out.writeInt(tensors.names().size());
        for (MathTensor name : tensors.names()) {
            Tensor tensor = tensors.get(name);
            write(out, name.label());
            write(out, tensor.dtype().label());
            long[] dims = tensor.shape().dims();
            out.writeInt(dims.length);
            for (long dim : dims) {
                out.writeLong(dim);
            }
            out.write(tensor.bytes().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    static Answer read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            int kind = in.readByte();
            return switch (kind) {
                case TENSORS -> new Answer.Tensors(tensors(in));
                case MISSED -> new Answer.Missed(text(in));
                case FAILED -> new Answer.Failed(text(in));
                case UNUSABLE -> new Answer.Unusable(text(in));
                default -> throw new IOException(file + ": expected a kind of answer, found " + kind);
            };
        }
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in, in.readInt()), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(DataInputStream in, int count) throws IOException {
        byte[] bytes = new byte[count];
        in.readFully(bytes);
        return bytes;
    }

    private static TensorSet tensors(DataInputStream in) throws IOException {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            MathTensor name = MathTensor.ofLabel(text(in)).orElseThrow();
            DType dtype = DType.ofLabel(text(in)).orElseThrow();
            long[] dims = new long[in.readInt()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = in.readLong();
            }
            Shape shape = Shape.of(dims);
            tensors.put(name, Tensor.copyOf(dtype, shape, bytes(in, Math.multiplyExact(shape.count(), dtype.bytes()))));
        }
        return TensorSet.of(tensors);
    }
}
