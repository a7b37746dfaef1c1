package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import rwkvms.llama.Vocabulary;

/**
 * Turns text into tokens and back, without the slot: {@code /tokenize}, {@code /detokenize} and
 * {@code /apply-template}.
 */
final class Texts {
    private final Vocabulary words;
    private final Requests requests;

    Texts(Vocabulary words, Requests requests) {
        this.words = words;
        this.requests = requests;
    }

    ObjectNode tokenize(Fields fields) {
        String content = fields.text("content");
        boolean controls = fields.flag("parse_special", true);
        boolean pieces = fields.flag("with_pieces", false);
        List<Integer> tokens = new ArrayList<>();
        if (fields.flag("add_special", false)) {
            words.beginning().ifPresent(tokens::add);
        }
        for (int token : words.tokens(content, controls)) {
            tokens.add(token);
        }
        ObjectNode json = Answers.object();
        ArrayNode list = json.putArray("tokens");
        for (int token : tokens) {
            if (pieces) {
                add(list.addObject().put("id", token), words.name(token));
            } else {
                list.add(token);
            }
        }
        return json;
    }

    /** Adds a piece as text, or as bytes if it is only a part of a character. */
    private static void add(ObjectNode json, byte[] piece) {
        try {
            json.put("piece", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(piece)).toString());
        } catch (CharacterCodingException e) {
            ArrayNode bytes = json.putArray("piece");
            for (byte each : piece) {
                bytes.add(Byte.toUnsignedInt(each));
            }
        }
    }

    ObjectNode detokenize(Fields fields) {
        List<Integer> tokens = new ArrayList<>();
        JsonNode list = fields.require("tokens", "a list of tokens");
        if (!list.isArray()) {
            throw Fields.wrong("tokens", "a list of tokens", list);
        }
        for (int i = 0; i < list.size(); i++) {
            JsonNode token = list.get(i);
            if (!token.isInt() || token.asInt() < 0 || token.asInt() >= words.size()) {
                throw Fields.wrong("tokens[" + i + "]", "a token from 0 to " + (words.size() - 1), token);
            }
            tokens.add(token.asInt());
        }
        return Answers.object().put("content", text(tokens));
    }

    /** The prompt of a chat, without the beginning that {@code /completion} adds itself. */
    ObjectNode template(Fields fields) {
        List<Integer> tokens = requests.template(fields);
        return Answers.object().put("prompt",
                text(tokens.subList(words.beginning().isPresent() ? 1 : 0, tokens.size())));
    }

    private String text(List<Integer> tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tokens.forEach(token -> bytes.writeBytes(words.name(token)));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
