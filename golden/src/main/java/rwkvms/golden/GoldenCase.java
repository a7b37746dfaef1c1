package rwkvms.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureReader;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarException;

/**
 * A fixture with the sidecar it was computed from and the base the sidecar is bound to, as far as they are there.
 *
 * @param name        for reports: the folder's name, or the fixture file's
 * @param fixtureFile where the fixture was read from
 */
public record GoldenCase(String name, Path fixtureFile, Fixture fixture, Optional<Sidecar> sidecar, Optional<Path> base)
        implements
            AutoCloseable {

    /** Opens the files; what is absent is left out, what is damaged is refused. */
    public static GoldenCase open(CaseFiles files) throws FixtureException, SidecarException {
        Fixture fixture = FixtureReader.strict().read(files.fixture());
        Optional<Sidecar> sidecar = Optional.empty();
        if (files.sidecar().isPresent()) {
            sidecar = Optional.of(Sidecar.open(files.sidecar().get()));
        }
        return new GoldenCase(files.name(), files.fixture(), fixture, sidecar, files.base().filter(Files::exists));
    }

    @Override
    public void close() {
        sidecar.ifPresent(Sidecar::close);
    }
}
