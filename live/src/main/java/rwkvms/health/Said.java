package rwkvms.health;

/**
 * What an assistant said in a chat.
 *
 * @param reasoning what it thought aloud before that, where the server tells the two apart
 */
record Said(String content, String reasoning) {
    /** The answer; the reasoning where there is nothing else. */
    String text() {
        return content.isBlank() ? reasoning : content;
    }
}
