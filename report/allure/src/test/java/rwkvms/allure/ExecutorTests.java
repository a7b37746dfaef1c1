package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ExecutorTests {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567-dirty";

    @Test
    void aBuildOnThisMachineIsNamedByItsCommit() {
        assertThat(Executor.of(Map.of(), COMMIT, 3))
                .isEqualTo(new Executor("a local build", "local", "#3 of 0123456789-dirty", 3, ""));
    }

    @Test
    void aCiSystemIsKnownByItsVariables() {
        assertThat(Executor.of(Map.of("GITLAB_CI", "true", "CI_JOB_NAME", "gate", "CI_PIPELINE_IID", "12", "CI_JOB_URL",
                "https://gitlab/jobs/5"), COMMIT, 3))
                .isEqualTo(new Executor("GitLab CI", "gitlab", "gate #12", 12, "https://gitlab/jobs/5"));
        assertThat(Executor.of(Map.of("BUILD_URL", "https://ci/job/gate/4/", "BUILD_NUMBER", "4", "JOB_NAME", "gate"),
                COMMIT, 3)).isEqualTo(new Executor("Jenkins", "jenkins", "gate #4", 4, "https://ci/job/gate/4/"));
    }

    @Test
    void aNumberThatIsNoneIsTheNextOne() {
        assertThat(Executor.of(Map.of("BUILD_URL", "u", "BUILD_NUMBER", "x"), COMMIT, 3).order()).isEqualTo(3);
    }
}
