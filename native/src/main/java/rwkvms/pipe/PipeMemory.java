package rwkvms.pipe;

import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemorySession;

/** A sidecar that is open in a program. */
record PipeMemory(PipeRuntime runtime, PipeProgram program, String handle,
        MemoryConfig config) implements LoadedMemory {
    @Override
    public MemorySession newSession() {
        String session = runtime.newHandle();
        program.ask(new Request(Operation.START).text("memory", handle).text("session", session));
        return new PipeSession(program, session, config);
    }

    @Override
    public void close() {
        if (!program.hasEnded()) {
            program.ask(new Request(Operation.CLOSE).text("memory", handle));
        }
    }
}
