package rwkvms.golden;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;

/** The case that was asked for last, which stays open: a case in many ways, and without its sidecar, is read once. */
public final class OpenCase implements AutoCloseable {
    private final Tolerance tolerance;
    private final Witness witness;
    private Optional<CaseFiles> files = Optional.empty();
    private @Nullable GoldenCase golden;
    private @Nullable FixtureCheck check;

    public OpenCase(Tolerance tolerance) {
        this(tolerance, Witness.NONE);
    }

    /** The same, with somebody who sees what was judged. */
    public OpenCase(Tolerance tolerance, Witness witness) {
        this.tolerance = tolerance;
        this.witness = witness;
    }

    /** How a case judges, as {@link GoldenCase#open} opens it. */
    public FixtureCheck proven(CaseFiles wanted) throws FixtureException, BindingException, IOException {
        FixtureCheck known = known(wanted);
        if (known != null) {
            return known;
        }
        Fixture fixture = fixture(wanted);
        close();
        return opened(wanted, GoldenCase.open(wanted, fixture));
    }

    /** The same as {@link GoldenCase#openUnproven} opens it. */
    public FixtureCheck unproven(CaseFiles wanted) throws FixtureException, IOException {
        FixtureCheck known = known(wanted);
        if (known != null) {
            return known;
        }
        close();
        return opened(wanted, GoldenCase.openUnproven(wanted));
    }

    private @Nullable FixtureCheck known(CaseFiles wanted) {
        return files.filter(wanted::equals).isPresent() ? check : null;
    }

    private Fixture fixture(CaseFiles wanted) throws FixtureException {
        GoldenCase last = golden;
        return last != null && last.fixtureFile().equals(wanted.fixture())
                ? last.fixture()
                : GoldenCase.read(wanted.fixture());
    }

    private FixtureCheck opened(CaseFiles wanted, GoldenCase opened) {
        FixtureCheck fresh = new FixtureCheck(opened, tolerance, witness);
        files = Optional.of(wanted);
        golden = opened;
        check = fresh;
        return fresh;
    }

    @Override
    public void close() {
        if (golden != null) {
            golden.close();
        }
        files = Optional.empty();
        golden = null;
        check = null;
    }
}
