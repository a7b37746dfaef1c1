package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who ran the build, as Allure's {@code executor.json} has it: the CI system by the variables that it sets, or this machine.
 *
 * @param order number of the build, by which trends are drawn
 * @param url   of the build; empty if it has none
 */
record Executor(String name, String type, String build, long order, String url) {
    static Executor of(Map<String, String> variables, String commit, long next) {
        if (variables.containsKey("GITHUB_ACTIONS")) {
            return new Executor("GitHub Actions", "github",
                    variables.getOrDefault("GITHUB_WORKFLOW", "workflow") + " #" + variables.get("GITHUB_RUN_NUMBER"),
                    number(variables, "GITHUB_RUN_NUMBER", next), variables.getOrDefault("GITHUB_SERVER_URL", "") + "/"
                            + variables.get("GITHUB_REPOSITORY") + "/actions/runs/" + variables.get("GITHUB_RUN_ID"));
        }
        if (variables.containsKey("GITLAB_CI")) {
            return new Executor("GitLab CI", "gitlab",
                    variables.getOrDefault("CI_JOB_NAME", "job") + " #" + variables.get("CI_PIPELINE_IID"),
                    number(variables, "CI_PIPELINE_IID", next),
                    variables.getOrDefault("CI_JOB_URL", variables.getOrDefault("CI_PIPELINE_URL", "")));
        }
        if (variables.containsKey("BUILD_URL")) {
            return new Executor("Jenkins", "jenkins",
                    variables.getOrDefault("JOB_NAME", "job") + " #" + variables.get("BUILD_NUMBER"),
                    number(variables, "BUILD_NUMBER", next), variables.getOrDefault("BUILD_URL", ""));
        }
        return new Executor("a local build", "local", "#" + next + " of " + shortened(commit), next, "");
    }

    private static long number(Map<String, String> variables, String name, long otherwise) {
        String value = variables.getOrDefault(name, "");
        return value.matches("\\d{1,18}") ? Long.parseLong(value) : otherwise;
    }

    private static String shortened(String commit) {
        return commit.replaceFirst("^([0-9a-f]{10})[0-9a-f]+", "$1");
    }

    void writeTo(Path results) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("type", type);
        json.put("buildName", build);
        json.put("buildOrder", order);
        json.put("reportName", build);
        if (!url.isEmpty()) {
            json.put("buildUrl", url);
            json.put("reportUrl", url);
        }
        new ObjectMapper().writeValue(results.resolve("executor.json").toFile(), json);
    }
}
