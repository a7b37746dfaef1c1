package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which C++ files of a folder include which headers, directly or by another header. */
final class Includes {
    private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");

    private final Map<String, Set<String>> of; // by file, directly

    private Includes(Map<String, Set<String>> of) {
        this.of = of;
    }

    static Includes in(Path sources) throws IOException {
        Map<String, Set<String>> of = new TreeMap<>();
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                of.put(String.valueOf(file.getFileName()), INCLUDE.matcher(Files.readString(file)).results()
                        .map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new)));
            }
        }
        return new Includes(of);
    }

    /** Those of the files that include one of the headers. */
    Set<String> users(Collection<String> files, Set<String> headers) {
        return files.stream().filter(file -> uses(file, headers, new TreeSet<>()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean uses(String file, Set<String> headers, Set<String> seen) {
        Set<String> included = of.getOrDefault(file, Set.of());
        List<String> unseen = included.stream().filter(seen::add).toList();
        return included.stream().anyMatch(headers::contains)
                || unseen.stream().anyMatch(next -> uses(next, headers, seen));
    }
}
