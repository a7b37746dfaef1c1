package rwkvms.parity;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import rwkvms.nativeruntime.NativeException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarException;
import rwkvms.sidecar.validation.SidecarReader;

/**
 * A runtime in a process of its own: {@code ImplementationChild nd4j} or {@code ImplementationChild <librwkv_ms>
 * <libggml-cpu-*> <threads>}. Writes why it cannot run here, or an empty text; then, until standard input ends, reads the path of a
 * sidecar and a {@link LongCall}, and writes the tensors of the call.
 */
public final class ImplementationChild {
    static final String ND4J = "nd4j";
    private static final int BUFFER = 1 << 16;

    private ImplementationChild() {
    }

    public static void main(String[] args) throws Exception {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, BUFFER));
        DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER));
        System.setOut(System.err); // what a library prints must not come between tensors
        try (MemoryRuntime runtime = open(args)) {
            out.writeUTF("");
            out.flush();
            while (answered(in, out, runtime)) {
                out.flush();
            }
        } catch (NativeException refused) {
            out.writeUTF(String.valueOf(refused.getMessage()));
            out.flush();
        }
    }

    private static MemoryRuntime open(String... args) {
        return args.length == 1
                ? new Nd4jRuntime()
                : NativeRuntime.open(NativeRuntime.NAME, Path.of(args[0]), Optional.of(Path.of(args[1])),
                        Integer.parseInt(args[2]));
    }

    private static boolean answered(DataInputStream in, DataOutputStream out, MemoryRuntime runtime)
            throws IOException, SidecarException {
        in.mark(1);
        if (in.read() < 0) {
            return false;
        }
        in.reset();
        try (Sidecar sidecar = SidecarReader.open(Path.of(in.readUTF()))) {
            TensorStream.write(out, LongCall.read(in, sidecar).run(runtime));
        }
        return true;
    }
}
