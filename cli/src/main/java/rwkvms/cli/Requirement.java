package rwkvms.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

import org.jspecify.annotations.Nullable;

/**
 * What must be evaluated for a pass, by {@code --require}: everything, the names in a file, or, without the option, at least half
 * of each part. What a runtime does not support is no failure, and without this rule nobody would notice it.
 */
final class Requirement {
    static final String ALL = "all";
    /** The option's help. */
    static final String HELP = "What must be evaluated for a pass: all, or a FILE with one name per line (# begins a comment)."
            + " Default: at least half.";

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int MAX_NAMED = 5;

    private final @Nullable String option;
    private final Map<String, Integer> lines;

    private Requirement(@Nullable String option, Map<String, Integer> lines) {
        this.option = option;
        this.lines = lines;
    }

    /** What the option says; null if it is not given. */
    static Requirement of(@Nullable String option) throws IOException {
        return new Requirement(option, option == null || option.equals(ALL) ? Map.of() : read(Path.of(option)));
    }

    /** Returns the names with the numbers of their lines. */
    private static Map<String, Integer> read(Path file) throws IOException {
        Map<String, Integer> lines = new LinkedHashMap<>();
        int number = 0;
        for (String line : text(file).lines().toList()) {
            number++;
            String name = line.replaceFirst("(^|\\s)#.*", "").strip();
            Integer earlier = name.isEmpty() ? null : lines.putIfAbsent(name, number);
            if (earlier != null) {
                throw new IOException(file + ": line " + number + ": expected each name once, found '" + name
                        + "' again, which is in line " + earlier);
            }
        }
        if (lines.isEmpty()) {
            throw new IOException(file + ": expected the names of what must be evaluated, one per line, found none");
        }
        return lines;
    }

    private static String text(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(InputFiles.readable(file));
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IOException(file + ": expected text in UTF-8, found other bytes", e);
        }
    }

    /**
     * Refuses a list with an unknown name, before anything is run.
     *
     * @param names what will be judged
     * @param means whether a name of the list (first) stands for one of those (second)
     * @param what  describes those, such as {@code a case of this check}
     */
    void requireKnown(List<String> names, BiPredicate<String, String> means, String what) throws IOException {
        for (Map.Entry<String, Integer> line : lines.entrySet()) {
            if (names.stream().noneMatch(name -> means.test(line.getKey(), name))) {
                throw new IOException(option + ": line " + line.getValue() + ": expected " + what + ", found '"
                        + line.getKey() + "'");
            }
        }
    }

    /**
     * Returns what keeps a run from a pass, one line each; empty if enough was evaluated.
     *
     * @param subject the runtime
     * @param means   as above
     */
    List<String> shortfalls(String subject, List<Coverage> all, BiPredicate<String, String> means) {
        if (option == null) {
            return halves(subject, all);
        }
        List<String> missing = all.stream().filter(each -> !each.evaluated()).map(Coverage::name)
                .filter(name -> option.equals(ALL) || lines.keySet().stream().anyMatch(line -> means.test(line, name)))
                .toList();
        return missing.isEmpty()
                ? List.of()
                : List.of(subject + ": " + missing.size() + " required by --require " + option
                        + " and not evaluated: "
                        + String.join(", ", missing.subList(0, Math.min(MAX_NAMED, missing.size())))
                        + (missing.size() > MAX_NAMED ? " and " + (missing.size() - MAX_NAMED) + " more" : ""));
    }

    private static List<String> halves(String subject, List<Coverage> all) {
        Set<String> parts = new LinkedHashSet<>();
        all.stream().map(Coverage::part).filter(part -> !part.equals(Coverage.OPTIONAL)).forEach(parts::add);
        List<String> shortfalls = new ArrayList<>();
        for (String part : parts) {
            List<Coverage> asked = all.stream().filter(each -> each.part().equals(part)).toList();
            List<Coverage> evaluated = asked.stream().filter(Coverage::evaluated).toList();
            if (2 * evaluated.size() < asked.size() || 2 * tensors(evaluated) < tensors(asked)) {
                shortfalls.add(subject + ": evaluated " + evaluated.size() + " of " + asked.size() + " " + part
                        + (tensors(asked) == 0
                                ? ""
                                : " with " + tensors(evaluated) + " of " + tensors(asked) + " tensors")
                        + ", less than half; name what it must cover with --require FILE");
            }
        }
        return shortfalls;
    }

    private static long tensors(List<Coverage> some) {
        return some.stream().mapToLong(Coverage::tensors).sum();
    }
}
