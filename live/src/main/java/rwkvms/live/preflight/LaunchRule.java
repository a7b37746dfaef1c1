package rwkvms.live.preflight;

/** The rules of a launch with a sidecar, each with its reason, in the order in which the launcher checks them. */
public enum LaunchRule {
    PROGRAM_READ("what it starts, and with which words, cannot be told"),
    MODEL_FILE("without its base model a server does not start"),
    SIDECAR_FILE("without its sidecar a server answers, as the bare base model"),
    ONE_SEQUENCE("the memory holds one sequence: a second slot would read and write the first one's state"),
    ONE_TOKEN_UBATCH("on a GPU the products of more than one token are rounded to TF32 or BF16, which misses 1e-5"),
    BATCH("the last token of a prompt is computed beside the one before it"),
    NO_CONT_BATCHING("batching mixes slots, and there is one"),
    NO_CONTEXT_SHIFT("a shift moves the KV cache under the memory, which cannot be moved"),
    NO_CACHE_PROMPT("a partly reused prompt removes a part of the sequence, which the memory refuses"),
    NO_CACHE_IDLE_SLOTS("an idle slot's state is put away without the memory's"),
    NO_CACHE_RAM("prompts in the host's cache come back without the memory's state"),
    NO_CHECKPOINTS("a context checkpoint comes back without the memory's state"),
    NO_CACHE_REUSE("reused chunks are shifted, and the memory cannot be"),
    TEXT_ONLY("image embeddings enter the layers that the memory reads, which was never trained on them"),
    NO_SPECULATION("rejected draft tokens are taken back, and the memory cannot take back"),
    BASE_AS_HASHED(
            "the base then computes something else than the file of its hash, for which the sidecar was trained"),
    TOKENS_STAY("a token that was read gets another position, and the memory has read it at the old one"),
    STAYS_LOADED("a server that sleeps unloads the base, and the memory's state with it"),
    GENERATES("a server of embeddings or ranks continues no prompt"),
    SERVES("the program prints something and ends: no server starts"),
    ONE_MODEL("a router starts servers of other models, by settings of their own"),
    CACHE_PRECISION(
            "what the base keeps of old tokens is rounded coarsely, and the memory reads what the base makes of it"),
    ONE_MACHINE("what the memory reads is then computed where nobody has judged it"),
    LAUNCHER_OPTION("the launcher sets this option itself; given again, the last one would win"),
    SET_TWICE("llama-server takes the last one; whoever reads the command may take the first"),
    JOINED_VALUE("llama-server knows no '=' between option and value, and refuses to start"),
    VALUE_MISSING("llama-server refuses to start"),
    SLOTS_SAVED("without a folder for slots no session can be saved"),
    OPTION_JUDGED("nobody has judged what it does to a memory"),
    WORD_READ("llama-server takes options and their values, nothing else"),
    SETTINGS_READ("llama-server takes settings from there before it looks at variables and options");

    private final String reason;

    LaunchRule(String reason) {
        this.reason = reason;
    }

    /** The reason of the rule, as half a sentence. */
    public String reason() {
        return reason;
    }
}
