package rwkvms.golden;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureFault;
import rwkvms.fixtures.FixtureReader;
import rwkvms.math.MathTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/**
 * A fixture with the sidecar that it was computed from and the base of that sidecar, if they are there.
 *
 * @param name        for reports: the folder's name, or the fixture file's
 * @param fixtureFile the file of the fixture
 */
public record GoldenCase(String name, Path fixtureFile, Fixture fixture, Optional<Sidecar> sidecar, Optional<Path> base)
        implements
            AutoCloseable {

    /** The tensors from which the scan is replayed if there are no weights. */
    private static final List<MathTensor> REPLAYED = List.of(MathTensor.FEATURE_R, MathTensor.FEATURE_W,
            MathTensor.FEATURE_K, MathTensor.FEATURE_V, MathTensor.FEATURE_A, MathTensor.FEATURE_B, MathTensor.BETA,
            MathTensor.LAMBDA);

    /** Opens the files. An absent one is left out, a damaged one is refused. */
    public static GoldenCase open(CaseFiles files) throws FixtureException, BindingException, IOException {
        return open(files, read(files.fixture()));
    }

    /** The same with a fixture that has been read. */
    static GoldenCase open(CaseFiles files, Fixture fixture) throws FixtureException, BindingException, IOException {
        GoldenCase opened = openUnproven(files, fixture);
        boolean bound = false;
        try {
            if (opened.sidecar().isPresent() && files.base().isPresent()) {
                requireBase(opened.sidecar().get(), files.base().get());
            }
            bound = true;
            return opened;
        } finally {
            if (!bound) {
                opened.close();
            }
        }
    }

    /** Opens them without the slow proof that the base is the sidecar's, for a process whose parent proves it. */
    public static GoldenCase openUnproven(CaseFiles files) throws FixtureException, IOException {
        return openUnproven(files, read(files.fixture()));
    }

    private static GoldenCase openUnproven(CaseFiles files, Fixture fixture) throws FixtureException, IOException {
        if (files.sidecar().isEmpty()) {
            requireReplayable(fixture, files.fixture());
        }
        Optional<Sidecar> sidecar = files.sidecar().isEmpty()
                ? Optional.empty()
                : Optional.of(SidecarReader.open(files.sidecar().get()));
        return new GoldenCase(files.name(), files.fixture(), fixture, sidecar, files.base());
    }

    /** Reads a fixture; a refusal begins with the file. */
    static Fixture read(Path file) throws FixtureException {
        try {
            return FixtureReader.strict().read(file);
        } catch (FixtureException e) {
            if (e.place().startsWith(file.toString())) {
                throw e;
            }
            throw new FixtureException(e.fault(), file.toString(), String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether the fixture records all that the scan is replayed from, at every token. */
    static boolean replayable(Fixture fixture) {
        return REPLAYED.stream().allMatch(name -> fixture.expected(name).isPresent() && fixture.kept(name).isEmpty());
    }

    static void requireReplayable(Fixture fixture, Path file) throws FixtureException {
        for (MathTensor name : REPLAYED) {
            if (fixture.expected(name).isEmpty()) {
                throw new FixtureException(FixtureFault.MISSING, file + ": expected." + name.label(),
                        "the tensor is missing; without a sidecar the scan is replayed from it");
            }
            if (fixture.kept(name).isPresent()) {
                throw new FixtureException(FixtureFault.KEPT_TOKENS, file + ": expected." + name.label(),
                        "expected all " + fixture.pass().seqLen() + " tokens, found " + fixture.kept(name).get().count()
                                + "; without a sidecar the scan is replayed from it");
            }
        }
    }

    private static void requireBase(Sidecar sidecar, Path base) throws BindingException, IOException {
        String found = Sha256.of(base);
        if (!found.equals(sidecar.baseSha256())) {
            throw new BindingException(base.toString(),
                    "SHA-256 " + sidecar.baseSha256() + ", as " + sidecar.path() + " names its base", found);
        }
    }

    @Override
    public void close() {
        sidecar.ifPresent(Sidecar::close);
    }
}
