package rwkvms.faults;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.opentest4j.TestAbortedException;

/** Skips every test after the first failure in the judging process; does nothing in other processes. */
public final class StopAtFirst implements ExecutionCondition, InvocationInterceptor {
    private static final AtomicBoolean STOPPED = new AtomicBoolean();

    static void stop() {
        STOPPED.set(true);
    }

    static void reset() {
        STOPPED.set(false);
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return STOPPED.get()
                ? ConditionEvaluationResult.disabled("a test before has failed")
                : ConditionEvaluationResult.enabled("none has failed");
    }

    @Override
    public void interceptDynamicTest(Invocation<Void> invocation, DynamicTestInvocationContext invocationContext,
            ExtensionContext extensionContext) throws Throwable {
        if (STOPPED.get()) {
            invocation.skip();
            throw new TestAbortedException("a test before has failed");
        }
        invocation.proceed();
    }
}
