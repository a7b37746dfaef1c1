package rwkvms.live.health;

/**
 * What an assistant said in a chat.
 *
 * @param reasoning its reasoning, if the server separates that from the answer
 * @param finish    why it ended, in the server's words; empty if it does not say
 */
record ChatAnswer(String content, String reasoning, String finish) {
    /** The answer; the reasoning if there is nothing else. */
    String text() {
        return content.isBlank() ? reasoning : content;
    }
}
