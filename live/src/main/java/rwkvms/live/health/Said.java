package rwkvms.live.health;

/**
 * What an assistant said in a chat.
 *
 * @param reasoning what it thought aloud before that, where the server tells the two apart
 * @param finish    why it ended, in the server's words; empty where it does not say
 */
record Said(String content, String reasoning, String finish) {
    /** The answer; the reasoning where there is nothing else. */
    String text() {
        return content.isBlank() ? reasoning : content;
    }
}
