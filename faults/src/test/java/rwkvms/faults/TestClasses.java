package rwkvms.faults;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs test classes of other modules one after the other, up to the first failure. */
final class TestClasses {
    /** The property that says whether the few classes of the default run are enough. */
    static final String FEW = "rwkvms.faults.few";

    private TestClasses() {
    }

    static SuiteResult run(Suite suite) {
        // No listener of the reports: failures here are meant.
        LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build();
        Watch watch = new Watch(suite);
        StopAtFirst.reset();
        for (String name : Boolean.getBoolean(FEW) ? suite.few() : suite.classes()) {
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(name))
                    .filters(EngineFilter.includeEngines("junit-jupiter"))
                    .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true").build();
            int before = watch.checks.get();
            LauncherFactory.create(config).execute(request, watch);
            if (watch.first.get() != null) {
                return watch.first.get();
            }
            if (watch.checks.get() == before) {
                throw new IllegalStateException(name + ": expected tests, found none that ran");
            }
        }
        return new SuiteResult.Passed(watch.checks.get());
    }

    /** Counts the tests that pass, and keeps the first failure. */
    private static final class Watch implements TestExecutionListener {
        private final Suite suite;
        private final AtomicInteger checks = new AtomicInteger();
        private final AtomicReference<SuiteResult> first = new AtomicReference<>();
        private TestPlan plan;

        Watch(Suite suite) {
            this.suite = suite;
        }

        @Override
        public void testPlanExecutionStarted(TestPlan started) {
            plan = started;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == Status.FAILED) {
                String message = result.getThrowable().map(Throwable::toString).orElse("");
                first.compareAndSet(null, new SuiteResult.Failed(
                        SuiteRun.stageOf(message).or(suite::stage), name(test) + ": " + message.strip()));
                StopAtFirst.stop();
            } else if (test.isTest() && result.getStatus() == Status.SUCCESSFUL) {
                checks.incrementAndGet();
            }
        }

        private String name(TestIdentifier test) {
            Optional<TestIdentifier> parent = plan.getParent(test);
            boolean root = parent.isEmpty() || parent.get().getParentId().isEmpty();
            return root ? test.getDisplayName() : name(parent.get()) + ", " + test.getDisplayName();
        }
    }
}
