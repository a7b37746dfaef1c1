package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.BASE_SHA256_DIFFERS;
import static rwkvms.live.probe.HeaderStatus.BASE_UNREADABLE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rwkvms.golden.CaseFiles;
import rwkvms.report.Outcome;
import rwkvms.sidecar.synthesis.SyntheticSidecar;

/** Checks that {@code rwkv_ms_sidecar_open} takes a sidecar only with the base file that it names. */
final class BaseChecks {
    private static final int BYTES = 200;

    private BaseChecks() {
    }

    /** Writes the base of these checks into a folder. */
    static Path write(Path folder) throws IOException {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) i;
        }
        return Files.write(folder.resolve("base"), bytes);
    }

    static SyntheticSidecar sizes(Path base) throws IOException {
        return Subject.SIZES.withBase(base);
    }

    private static Call opening(Subject subject, MemorySegment runtime, Path base, Trial trial, MemorySegment out) {
        return Call.of(subject.library(), "rwkv_ms_sidecar_open", runtime,
                trial.arena().allocateFrom(subject.file().path().toString()), path(trial, base), 0, out);
    }

    private static MemorySegment path(Trial trial, Path path) {
        return trial.arena().allocateFrom(path.toString());
    }

    private static void opens(String what, Call call, Trial trial, MemorySegment out) {
        trial.takes(what, call);
        call.library().action("rwkv_ms_sidecar_close", out.get(ADDRESS, 0));
    }

    static void right(Subject subject, MemorySegment runtime, Path base, Trial trial) throws IOException {
        MemorySegment out = trial.handle();
        Call good = opening(subject, runtime, base, trial, out);
        opens("the base that the sidecar names", good, trial, out);
        Path copy = Files.copy(base, base.resolveSibling("another name"));
        opens("a copy of it", good.with(2, path(trial, copy)), trial, out);
        opens("no base", good.withNull(2), trial, out);
    }

    static void wrong(Subject subject, MemorySegment runtime, Path base, Trial trial) throws IOException {
        MemorySegment out = trial.handle();
        Call good = opening(subject, runtime, base, trial, out);
        for (Map.Entry<String, byte[]> other : others(Files.readAllBytes(base)).entrySet()) {
            Path file = Files.write(base.resolveSibling("other"), other.getValue());
            trial.refusesHandle(BASE_SHA256_DIFFERS, other.getKey(), good.with(2, path(trial, file)), out);
        }
        trial.refusesHandle(BASE_SHA256_DIFFERS, "the sidecar itself", good.with(2, path(trial, subject.file().path())),
                out);
        opens("the right base after all of them", good, trial, out);
    }

    private static Map<String, byte[]> others(byte[] base) {
        Map<String, byte[]> others = new LinkedHashMap<>();
        others.put("the first bit flipped", flipped(base, 0));
        others.put("the last bit flipped", flipped(base, base.length - 1));
        others.put("one byte less", Arrays.copyOf(base, base.length - 1));
        others.put("one byte more", Arrays.copyOf(base, base.length + 1));
        others.put("an empty file", new byte[0]);
        return others;
    }

    private static byte[] flipped(byte[] base, int at) {
        byte[] flipped = base.clone();
        flipped[at] ^= 1;
        return flipped;
    }

    /** Requires that the golden sidecars that the library opens with their base are refused with another file. */
    static Outcome golden(HeaderCalls library, MemorySegment runtime, List<CaseFiles> golden, Trial trial) {
        MemorySegment out = trial.handle();
        int bound = 0;
        for (CaseFiles files : golden) {
            if (files.sidecar().isPresent() && files.base().isPresent()) {
                MemorySegment sidecar = path(trial, files.sidecar().orElseThrow());
                Call good = Call.of(library, "rwkv_ms_sidecar_open", runtime, sidecar,
                        path(trial, files.base().orElseThrow()), 0, out);
                if (good.run() == HeaderStatus.OK.code()) {
                    library.action("rwkv_ms_sidecar_close", out.get(ADDRESS, 0));
                    trial.refusesHandle(BASE_SHA256_DIFFERS, files.name() + " with itself for a base",
                            good.with(2, sidecar), out);
                    bound++;
                }
            }
        }
        return bound > 0
                ? trial.outcome()
                : new Outcome.NotEvaluated("no golden case with a base that the library opens");
    }

    static void unreadable(Subject subject, MemorySegment runtime, Path base, Trial trial) {
        MemorySegment out = trial.handle();
        Call good = opening(subject, runtime, base, trial, out);
        trial.refusesHandle(BASE_UNREADABLE, "a file that is not there",
                good.with(2, path(trial, base.resolveSibling("no-such-file"))), out);
        trial.refusesHandle(BASE_UNREADABLE, "a folder", good.with(2, path(trial, base.resolveSibling("."))), out);
        trial.refusesHandle(BASE_UNREADABLE, "a file below a file", good.with(2, path(trial, base.resolve("below"))),
                out);
        trial.refusesHandle(ARGUMENT, "an empty path", good.with(2, trial.arena().allocateFrom("")), out);
    }
}
