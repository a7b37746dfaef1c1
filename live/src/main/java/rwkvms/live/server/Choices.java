package rwkvms.live.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.UUID;

/** One answer in the format of OpenAI's API, whole or in pieces. */
final class Choices {
    private static final String CHOICES = "choices";
    private static final String USAGE = "usage";

    private final String model;
    private final Kind kind;
    private final boolean usage;
    private final long created;
    private final String id;
    private boolean begun;

    /** The kind of request. */
    enum Kind {
        /** A chat, whose pieces have another object name. */
        CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk"),
        /** The continuation of a text. */
        TEXT("cmpl-", "text_completion", "text_completion");

        private final String prefix;
        private final String whole;
        private final String piece;

        Kind(String prefix, String whole, String piece) {
            this.prefix = prefix;
            this.whole = whole;
            this.piece = piece;
        }
    }

    /** @param usage whether a stream ends with the counts of tokens */
    Choices(String model, Kind kind, boolean usage, long created) {
        this.model = model;
        this.kind = kind;
        this.usage = usage;
        this.created = created;
        this.id = kind.prefix + UUID.randomUUID();
    }

    ObjectNode whole(GeneratedAnswer answer) {
        ObjectNode json = head(kind.whole);
        ObjectNode choice = json.putArray(CHOICES).addObject().put("index", 0);
        if (kind == Kind.CHAT) {
            choice.putObject("message").put("role", "assistant").put("content", answer.text());
        } else {
            choice.put("text", answer.text());
        }
        choice.putNull("logprobs").put("finish_reason", answer.stop().finishReason());
        json.set(USAGE, Answers.usage(answer));
        json.set("timings", Answers.timings(answer));
        return json;
    }

    /** A piece of a stream; the first piece of a chat names the role. */
    ObjectNode piece(String text) {
        ObjectNode json = head(kind.piece);
        ObjectNode choice = json.putArray(CHOICES).addObject().put("index", 0);
        if (kind == Kind.CHAT) {
            ObjectNode delta = choice.putObject("delta");
            if (!begun) {
                delta.put("role", "assistant");
            }
            delta.put("content", text);
        } else {
            choice.put("text", text);
        }
        begun = true;
        choice.putNull("logprobs").putNull("finish_reason");
        return withoutUsage(json);
    }

    /** The end of a stream: its finish_reason and, if requested, the counts of tokens. */
    List<ObjectNode> end(GeneratedAnswer answer) {
        ObjectNode json = head(kind.piece);
        ObjectNode choice = json.putArray(CHOICES).addObject().put("index", 0);
        if (kind == Kind.CHAT) {
            choice.putObject("delta");
        } else {
            choice.put("text", "");
        }
        choice.putNull("logprobs").put("finish_reason", answer.stop().finishReason());
        withoutUsage(json).set("timings", Answers.timings(answer));
        if (!usage) {
            return List.of(json);
        }
        ObjectNode last = head(kind.piece);
        last.putArray(CHOICES);
        last.set(USAGE, Answers.usage(answer));
        return List.of(json, last);
    }

    /** Sets usage to null in the earlier pieces of a stream that ends with it. */
    private ObjectNode withoutUsage(ObjectNode json) {
        return usage ? json.putNull(USAGE) : json;
    }

    private ObjectNode head(String object) {
        return Answers.object().put("id", id).put("object", object).put("created", created).put("model", model);
    }
}
