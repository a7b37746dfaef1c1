package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields that the server does not support: the values without effect, and those that are refused. */
final class UnsupportedTests {
    private static Fields fields(String body) throws IOException {
        return new Fields(new ObjectMapper().readTree(body));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tools                   | []                        | [{}]
            functions               | []                        | [{}]
            logit_bias              | {}                        | {"5":1}
            logit_bias              | []                        | [[5,false]]
            lora                    | []                        | [{"id":0}]
            image_data              | []                        | [1]
            input_extra             | []                        | [1]
            grammar                 | ""                        | "root ::= a"
            suffix                  | ""                        | "end"
            input_prefix            | ""                        | "a"
            chat_template           | ""                        | "a"
            chat_template_kwargs    | {}                        | {"enable_thinking":true}
            ignore_eos              | false                     | true
            echo                    | false                     | true
            store                   | false                     | true
            return_progress         | false                     | true
            timings_per_token       | false                     | true
            continue_final_message  | false                     | true
            logprobs                | false                     | true
            logprobs                | 0                         | 5
            top_logprobs            | 0                         | 1
            n_probs                 | 0                         | 1
            mirostat                | 0                         | 2
            dry_multiplier          | 0.0                       | 0.8
            xtc_probability         | 0                         | 0.5
            n_indent                | 0                         | 4
            n_cache_reuse           | 0                         | 256
            min_tokens              | 0                         | 4
            top_n_sigma             | -1                        | 1
            top_n_sigma             | 0                         | 0.1
            dynatemp_range          | 0                         | 0.5
            t_max_predict_ms        | -1                        | 1000
            adaptive_target         | -1.0                      | 0
            typical_p               | 1.0                       | 0.9
            tfs_z                   | 1                         | 0.9
            repetition_penalty      | 1                         | 1.1
            best_of                 | 1                         | 2
            n_cmpl                  | 1                         | 2
            min_keep                | 0                         | 2
            min_keep                | 1                         | 2
            tool_choice             | "none"                    | "required"
            tool_choice             | "auto"                    | {"type":"function","function":{"name":"f"}}
            function_call           | "auto"                    | {"name":"f"}
            reasoning_effort        | "none"                    | "high"
            response_format         | {"type":"text"}           | {"type":"json_object"}
            response_format         | {}                        | {"type":"json_schema","json_schema":{}}
            modalities              | ["text"]                  | ["text","audio"]
            modalities              | ["text"]                  | ["audio"]
            verbosity               | "medium"                  | "low"
            add_generation_prompt   | true                      | false
            samplers                | "edskypmxt"               | "k"
            samplers                | ["penalties","dry","top_n_sigma","top_k","typ_p","top_p","min_p","xtc","temperature"] | ["top_k"]
            json_schema             | null                      | {}
            guided_json             | null                      | {}
            audio                   | null                      | {"voice":"a"}
            web_search_options      | null                      | {}
            num_predict             | null                      | 5
            """)
    void whatAsksForNothingIsTakenAndAnyOtherIsRefused(String name, String nothing, String something)
            throws IOException {
        Fields harmless = fields("{\"" + name + "\":" + nothing + "}");
        assertThatNoException().isThrownBy(() -> Unsupported.refuse(harmless));
        Fields asking = fields("{\"" + name + "\":" + something + "}");
        String kind = Fields.kind(new ObjectMapper().readTree(something));
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> Unsupported.refuse(asking))
                .withMessage(name + ": expected it to be absent, for this server does not support it, found " + kind)
                .satisfies(e -> assertThat(e.status()).isEqualTo(400));
    }

    /** A value of another type is refused. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"grammar|[]", "tools|false", "mirostat|\"0\"", "echo|0",
            "logprobs|\"\"", "response_format|\"text\"", "modalities|\"text\"", "min_keep|\"1\"", "typical_p|true"})
    void anotherTypeIsRefused(String name, String value) throws IOException {
        Fields fields = fields("{\"" + name + "\":" + value + "}");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> Unsupported.refuse(fields))
                .withMessageStartingWith(name + ": expected it to be absent");
    }

    @Test
    void toolsThatAreNotToBeChosen() throws IOException {
        Fields tools = fields(
                "{\"tools\":[{}],\"tool_choice\":\"none\",\"functions\":[{}],\"function_call\":\"none\"}");
        assertThatNoException().isThrownBy(() -> Unsupported.refuse(tools));
        Fields automatic = fields("{\"tools\":[{}],\"tool_choice\":\"auto\"}");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> Unsupported.refuse(automatic))
                .withMessageStartingWith("tools: ");
        Fields others = fields("{\"functions\":[{}],\"tool_choice\":\"none\"}");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> Unsupported.refuse(others))
                .withMessageStartingWith("functions: ");
    }
}
