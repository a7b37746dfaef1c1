package rwkvms.live.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.UUID;

/** One answer in the shape of OpenAI's API, whole or piece by piece. */
final class Choices {
    private static final String CHOICES = "choices";
    private static final String USAGE = "usage";

    private final String model;
    private final Kind kind;
    private final boolean usage;
    private final long created;
    private final String id;
    private boolean begun;

    /** What is answered. */
    enum Kind {
        /** A chat, whose pieces are an object of another name. */
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

    /** @param usage whether a stream tells its tokens */
    Choices(String model, Kind kind, boolean usage, long created) {
        this.model = model;
        this.kind = kind;
        this.usage = usage;
        this.created = created;
        this.id = kind.prefix + UUID.randomUUID();
    }

    ObjectNode whole(Generated answer) {
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

    /** A piece of a stream; the first one of a chat names the role. */
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

    /** The end of a stream: why it ended, and its tokens where they are asked for. */
    List<ObjectNode> end(Generated answer) {
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

    /** Where a stream tells its tokens at its end, the pieces before say that they do not. */
    private ObjectNode withoutUsage(ObjectNode json) {
        return usage ? json.putNull(USAGE) : json;
    }

    private ObjectNode head(String object) {
        return Answers.object().put("id", id).put("object", object).put("created", created).put("model", model);
    }
}
