package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A command line that cannot be understood exits 64; help and version are everywhere. */
final class UsageTests {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ' '                           | gate                  | expected a command: check, compare, fixture, sidecar, state, model, fork, runtime, devices, releases, preflight, serve, health, trace, prompts, claims or experiment, found none
            fixture                       | gate fixture          | expected a command: verify, found none
            sidecar                       | gate sidecar          | expected a command: validate, inspect, export, materialize, synthesize or compare, found none
            bogus                         | gate                  | Unmatched argument at index 0: 'bogus'
            check --bogus                 | gate check            | Unknown option: '--bogus'
            check bogus                   | gate check            | Unmatched argument at index 1: 'bogus'
            check --fixture               | gate check            | Missing required parameter for option '--fixture' (FILE)
            check --fixture a --fixture b | gate check            | option '--fixture' (FILE) should be specified only once
            check --sidecar a             | gate check            | --sidecar and --base go with --fixture
            check --base a                | gate check            | --sidecar and --base go with --fixture
            check --fixture a --base b    | gate check            | --base goes with --sidecar, which names it by SHA-256
            check --rtol -1               | gate check            | --rtol: expected a finite number of at least 0, found -1.0
            check --chunk 8               | gate check            | --chunk and --step go with --fixture
            check --fixture a --chunk 0   | gate check            | --chunk: expected at least 1 token, found 0
            check --fixture a --step 0    | gate check            | --step: expected at least 1 token, found 0
            check --fixture a --step 1 --chunk 1 | gate check     | expected one of --chunk and --step, found both
            check --threads 0             | gate check            | --threads: expected 1 to 512, found 0
            check --threads 513           | gate check            | --threads: expected 1 to 512, found 513
            check --threads two           | gate check            | Invalid value for option '--threads': 'two' is not an int
            check --threads 2 --runtime reference | gate check    | --runtime reference computes on one thread
            check --threads 2 --runtime-command a | gate check    | --threads goes without --runtime-command: a program is told no threads
            check --fail-on-drift         | gate check            | --fail-on-drift goes with --baseline
            compare a                     | gate compare          | Missing required parameter: 'NEW'
            check --precise               | gate check            | --precise goes with --float32 or a --device but CPU
            check --fixture a --float32 --step 8 | gate check     | --step goes without --float32 and any --device but CPU
            check --runtime reference --device Vulkan0 | gate check | --runtime reference computes on no device, and not in float32
            check --fixture a --long      | gate check            | --long goes without --fixture
            check --rtol NaN              | gate check            | --rtol: expected a finite number of at least 0, found NaN
            check --rtol abc              | gate check            | Invalid value for option '--rtol': 'abc' is not a double
            check --atol=-1e-5            | gate check            | --atol: expected a finite number of at least 0, found -1.0E-5
            check --atol Infinity         | gate check            | --atol: expected a finite number of at least 0, found Infinity
            serve --model a               | gate serve            | --model and --sidecar go together
            serve --sidecar a             | gate serve            | --model and --sidecar go together
            serve --port=-1               | gate serve            | --port: expected 0 to 65535, found -1
            serve --threads 257           | gate serve            | --threads: expected 1 to 256, found 257
            serve --ctx-size 0            | gate serve            | --ctx-size: expected a positive multiple of 256, found 0
            serve --port 65536            | gate serve            | --port: expected 0 to 65535, found 65536
            serve --ctx-size 257          | gate serve            | --ctx-size: expected a positive multiple of 256, found 257
            serve --for 0                 | gate serve            | --for: expected at least 1 second, found 0
            serve --threads 0             | gate serve            | --threads: expected 1 to 256, found 0
            health                        | gate health           | Missing required option: '--server-log=FILE'
            health --server-log a --clients 0 | gate health       | --clients: expected 1 to 256, found 0
            health --server-log a --base-url x | gate health      | --base-url: expected an address such as http://127.0.0.1:8080/v1, found x
            health --server-log a --timeout 0 | gate health       | --timeout: expected 0.1 to 86400.0 seconds, found 0.0
            health --server-log a --clients 257 | gate health     | --clients: expected 1 to 256, found 257
            health --server-log a --base-url http://a?b | gate health | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http://a?b
            health --server-log a --base-url http://a#b | gate health | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http://a#b
            health --server-log a --base-url ftp://a | gate health | --base-url: expected an address such as http://127.0.0.1:8080/v1, found ftp://a
            health --server-log a --base-url http:///v1 | gate health | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http:///v1
            health --server-log a --base-url http://[ | gate health | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http://[
            health --server-log a --timeout 0.09 | gate health    | --timeout: expected 0.1 to 86400.0 seconds, found 0.09
            health --server-log a --time-limit 86401 | gate health | --time-limit: expected 0.1 to 86400.0 seconds, found 86401.0
            prompts a --max-tokens 0      | gate prompts          | --max-tokens: expected at least 1, found 0
            prompts a --time-limit 0      | gate prompts          | --time-limit: expected 0.1 to 86400.0 seconds, found 0.0
            trace compare --trace a --timeout 0 | gate trace compare | --timeout: expected 0.1 to 86400.0 seconds, found 0.0
            runtime probe a --timeout 0   | gate runtime probe    | --timeout: expected at least 1 second, found 0
            fork --bin a --atol -1        | gate fork             | --atol: expected a finite number of at least 0, found -1.0
            state                         | gate state            | expected a command: inspect or corrupt, found none
            model                         | gate model            | expected a command: synthesize, found none
            model synthesize              | gate model synthesize | Missing required parameter: 'FILE'
            model synthesize a --like b   | gate model synthesize | --like: expected tiny, miniature or e4b, found b
            model synthesize a --type F16 | gate model synthesize | --type: expected F32, BF16 or Q8_0, found F16
            trace                         | gate trace            | expected a command: record or compare, found none
            trace compare                 | gate trace compare    | Missing required option: '--trace=JSON'
            trace record --prompt a --out b --max-tokens 0 | gate trace record | --max-tokens: expected at least 1, found 0
            prompts                       | gate prompts          | Missing required parameter: 'FILE'
            prompts a --limit -1          | gate prompts          | --limit: expected at least 0, found -1
            experiment --seeds 1          | gate experiment       | --seeds: expected 2 to 100000, found 1
            experiment --seeds 100001     | gate experiment       | --seeds: expected 2 to 100000, found 100001
            fork                          | gate fork             | Missing required option: '--bin=DIR'
            fork --bin a --timeout 0      | gate fork             | --timeout: expected at least 1 second, found 0
            fork --bin a --rtol NaN       | gate fork             | --rtol: expected a finite number of at least 0, found NaN
            runtime                       | gate runtime          | expected a command: probe, found none
            runtime probe                 | gate runtime probe    | Missing required parameter: 'LIBRARY'
            claims bogus                  | gate claims           | Unmatched argument at index 1: 'bogus'
            fixture verify                | gate fixture verify   | Missing required parameter: 'FILE'
            sidecar validate              | gate sidecar validate | Missing required parameter: 'FILE'
            sidecar validate a b          | gate sidecar validate | Unmatched argument at index 3: 'b'
            sidecar inspect               | gate sidecar inspect  | Missing required parameter: 'FILE'
            """)
    void usageErrorsExit64AndSayWhereHelpIs(String line, String command, String problem) throws Exception {
        GateRun run = GateRun.of(arguments(line));

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.out()).isEmpty();
        assertThat(run.errors()).startsWith("gate: " + problem)
                .endsWith("usage: '" + command + " --help' lists what it takes").hasSizeLessThanOrEqualTo(3);
    }

    /** A value at its limit is taken: the command gets as far as a file that is not there. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            health --server-log none --clients 1 --timeout 0.1 --time-limit 86400
            health --server-log none --clients 256 --timeout 86400 --time-limit 0.1 --base-url https://a/v1
            prompts none --max-tokens 1 --limit 0
            trace compare --trace none --timeout 0.1
            serve --model none --sidecar none --port 65535 --threads 256 --ctx-size 256 --for 1
            serve --model none --sidecar none --port 0 --threads 1
            runtime probe none --timeout 1
            check --fixture none --rtol 0 --atol 0
            check --fixture none --threads 1
            check --fixture none --threads 512
            """)
    void whatIsAtItsLimitIsTaken(String line) {
        GateRun run = GateRun.of(arguments(line));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: none: expected a readable file, found none");
    }

    @Test
    void aUsageErrorIsJsonToo() throws Exception {
        GateRun run = GateRun.of("check", "--json", "--rtol", "-1");

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.own()).hasToString(
                "{\"ok\":false,\"errors\":[\"--rtol: expected a finite number of at least 0, found -1.0\"]}");
    }

    @Test
    void aCommandThatIsNearlyRightGetsASuggestion() {
        assertThat(GateRun.of("chek").err()).contains("Did you mean: gate check or gate health?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "check", "fixture", "fixture verify", "sidecar", "sidecar validate", "sidecar inspect",
            "fork", "runtime", "runtime probe", "devices", "releases", "claims", "experiment", "serve", "health",
            "trace",
            "trace record",
            "trace compare", "prompts", "state", "state inspect", "state corrupt", "sidecar export",
            "sidecar materialize",
            "sidecar synthesize", "sidecar compare", "model", "model synthesize", "preflight"})
    void helpAndVersionAreEverywhere(String command) {
        GateRun help = GateRun.of(arguments(command + " --help"));
        GateRun version = GateRun.of(arguments(command + " --version"));

        assertThat(help.code()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).startsWith(("Usage: gate " + command).strip() + " [")
                .containsPattern(
                        "Exit codes:\\R +0 +passed\\R +1 +failed.*\\R +2 +could not judge.*\\R(.*\\R)? +64 +usage")
                .doesNotContain("\u001b");
        assertThat(version.code()).isZero();
        assertThat(version.out().lines().toList()).satisfiesExactly(gate -> assertThat(gate).startsWith("gate "),
                jvm -> assertThat(jvm).isEqualTo("JVM " + Runtime.version()));
    }

    private static Object[] arguments(String line) {
        return line.isBlank() ? new Object[0] : line.strip().split(" ");
    }
}
