package rwkvms.parity;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One of several parts of the random configurations, which other machines judge: {@code -Dshard=K/N}, all of them by default. */
record Shard(int number, int count) {
    static final Shard ALL = new Shard(1, 1);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,4})/(\\d{1,4})");

    static Shard ofBuild() {
        return of(System.getProperty("rwkvms.shard", ALL.toString()));
    }

    static Shard of(String text) {
        Matcher parts = TEXT.matcher(text);
        Shard shard = parts.matches()
                ? new Shard(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)))
                : new Shard(0, 0);
        if (shard.number < 1 || shard.number > shard.count) {
            throw new IllegalArgumentException(
                    "shard: expected K/N with K from 1 to N, such as 1/8, found '" + text + "'");
        }
        return shard;
    }

    /** Neighbours go to different shards, so that all of these take about the same time. */
    boolean has(int configuration) {
        return configuration % count == number - 1;
    }

    /** The place of one of its configurations among them, from 0. */
    int place(int configuration) {
        return configuration / count;
    }

    @Override
    public String toString() {
        return number + "/" + count;
    }
}
