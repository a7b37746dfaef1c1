package rwkvms.parity.sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import rwkvms.fixtures.testing.Draws;
import rwkvms.math.DeltaHead;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.MalformedClass;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.testing.Mutation;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.tensor.DType;

/** The files for the readers: the corpus, valid sidecars of all kinds, and random changes of them, all from one seed. */
final class SidecarCases {
    /** The same in every run, so that every listed difference must occur. */
    static final long SEED = 20_261;
    private static final int CHANGES_PER_KIND = 7 * Draws.ofBuild().times();
    private static final List<SidecarSizes> VALID = List.of(SidecarSizes.SMALL, SidecarSizes.SMALL.withFormatVersion(1),
            SidecarSizes.SMALL.withFreeLambda(), SidecarSizes.SMALL.withRank(1),
            new SidecarSizes(2, 1, 3, 1, 11, List.of(7), false, false, DType.FLOAT32, 6, 2, UpdateMode.LAMBDA_OUTSIDE,
                    List.of(DeltaHead.K)),
            new SidecarSizes(1, 1, 8, 1, 16, List.of(1), true, true, DType.FLOAT16, 9, 5, UpdateMode.NO_LAMBDA,
                    List.of(DeltaHead.values())));

    private final Path folder;
    private final List<SidecarCase> cases = new ArrayList<>();

    private SidecarCases(Path folder) {
        this.folder = folder;
    }

    static List<SidecarCase> in(Path folder) throws IOException {
        SidecarCases cases = new SidecarCases(folder);
        for (MalformedClass malformed : MalformedCorpus.all()) {
            cases.add(malformed);
        }
        List<Mutation.Valid> valid = new ArrayList<>();
        for (SidecarSizes sizes : VALID) {
            byte[] bytes = SidecarWriter.toBytes(Drafts.of(sizes, SEED));
            valid.add(Mutation.Valid.of(bytes));
            cases.add("valid " + valid.size(), bytes);
        }
        Random random = new Random(SEED);
        for (Mutation.Kind kind : Mutation.Kind.values()) {
            for (int i = 0; i < CHANGES_PER_KIND; i++) {
                Mutation mutation = new Mutation(kind, random.nextLong());
                int which = random.nextInt(valid.size());
                cases.add(mutation + " of valid " + (which + 1), mutation.of(valid.get(which)));
            }
        }
        return cases.cases;
    }

    private void add(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve(cases.size() + ".gguf"), bytes);
        cases.add(new SidecarCase(name, file, Optional.empty(), Optional.empty()));
    }

    private void add(MalformedClass malformed) throws IOException {
        Path file = folder.resolve(cases.size() + ".gguf");
        Optional<Path> base = malformed.writeTo(file, folder.resolve(cases.size() + ".base"));
        cases.add(new SidecarCase(malformed.name(), file, base, Optional.of(malformed)));
    }
}
