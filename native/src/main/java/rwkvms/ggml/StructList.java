package rwkvms.ggml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import rwkvms.nativeruntime.IncompatibleLibraryException;

/**
 * The structs of one llama.cpp as its compiler lays them out (native.md, "The list of structs").
 *
 * @param release of llama.cpp
 * @param source  the headers and the library that they come from
 * @param npm     the versions of npm's package that carry this release, oldest first
 */
public record StructList(String release, String source, List<String> npm, Map<String, Struct> structs) {
    /** By the headers that lie with the libraries. */
    static final String OWN = "layouts.txt";
    /** Of the releases that the suite knows, oldest first. */
    static final String KNOWN = "known-layouts.txt";
    private static final String CURE = "; build it with mvn -DskipTests package -pl native -am";
    private static final Pattern STRUCT = Pattern.compile("(\\w+) - (\\d{1,4})");
    private static final Pattern FIELD = Pattern
            .compile("(\\w+)\\.(\\w+) (\\d{1,4}) (\\d{1,4})(?: 0x(\\p{XDigit}{2,16}))?");
    private static final int HEXADECIMAL = 16;

    /** The lists of a folder, and the line that makes another llama.cpp known; empty with headers of its own. */
    public record Choice(Path file, List<StructList> lists, String cure) {
    }

    public StructList {
        npm = List.copyOf(npm);
        structs = Map.copyOf(structs);
    }

    /**
     * What a folder of libraries may have: the structs by its own headers, or else those of the known releases.
     *
     * @throws IncompatibleLibraryException if the file is absent, or a line is not as expected
     */
    public static Choice of(Path folder) {
        Path own = folder.resolve(OWN);
        return Files.exists(own) ? read(own) : known(folder);
    }

    /** The releases that the suite knows. */
    public static Choice known(Path folder) {
        return read(folder.resolve(KNOWN));
    }

    /**
     * The struct of that name.
     *
     * @throws IncompatibleLibraryException if there is none
     */
    public Struct struct(String name) {
        Struct struct = structs.get(name);
        if (struct == null) {
            throw new IncompatibleLibraryException(release + ": expected a struct " + name + ", found none" + CURE);
        }
        return struct;
    }

    private static Choice read(Path file) {
        try {
            return new Lines(file).read(Files.readAllLines(file));
        } catch (NoSuchFileException e) {
            throw new IncompatibleLibraryException(
                    file + ": expected the list of the structs of llama.cpp, found no such file" + CURE, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Placed(String struct, Struct.Field field) {
    }

    /** The lines of a file; the fields of a struct follow it. */
    private static final class Lines {
        private final Path file;
        private final List<StructList> lists = new ArrayList<>();
        private final Map<String, Long> sizes = new LinkedHashMap<>();
        private final List<Placed> fields = new ArrayList<>();
        private String release = "";
        private String source = "";
        private List<String> npm = List.of();
        private String cure = "";

        Lines(Path file) {
            this.file = file;
        }

        Choice read(List<String> lines) {
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (!take(line)) {
                    throw new IncompatibleLibraryException(file + ": line " + (i + 1)
                            + ": expected 'release NAME', 'source TEXT', 'npm VERSIONS', 'STRUCT - SIZE' or"
                            + " 'STRUCT.FIELD OFFSET SIZE [0xDEFAULT]' within its struct, found '" + line + "'" + CURE);
                }
            }
            end();
            if (lists.isEmpty()) {
                throw new IncompatibleLibraryException(file + ": expected a line 'release NAME', found none" + CURE);
            }
            return new Choice(file, List.copyOf(lists), cure);
        }

        private boolean take(String line) {
            int blank = line.indexOf(' ');
            String rest = line.substring(blank + 1).strip();
            switch (line.substring(0, Math.max(0, blank))) {
                case "release" -> {
                    end();
                    release = rest;
                }
                case "source" -> source = rest;
                case "npm" -> npm = List.of(rest.split(" +"));
                case "cure" -> cure = rest;
                default -> {
                    return takeStruct(line) || takeField(line);
                }
            }
            return !rest.isEmpty();
        }

        private boolean takeStruct(String line) {
            Matcher struct = STRUCT.matcher(line);
            if (release.isEmpty() || !struct.matches() || Long.parseLong(struct.group(2)) % Long.BYTES != 0
                    || sizes.containsKey(struct.group(1))) {
                return false;
            }
            sizes.put(struct.group(1), Long.parseLong(struct.group(2)));
            return true;
        }

        private boolean takeField(String line) {
            Matcher field = FIELD.matcher(line);
            if (!field.matches()) {
                return false;
            }
            long offset = Long.parseLong(field.group(3));
            long size = Long.parseLong(field.group(4));
            String bits = field.group(5);
            fields.add(new Placed(field.group(1), new Struct.Field(field.group(2), offset, size, bits == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseUnsignedLong(bits, HEXADECIMAL)))));
            return offset + size <= sizes.getOrDefault(field.group(1), 0L)
                    && (bits == null || bits.length() == 2 * size);
        }

        private void end() {
            if (!release.isEmpty()) {
                Map<String, Struct> structs = new LinkedHashMap<>();
                sizes.forEach((name, size) -> structs.put(name, new Struct(name, size, fields.stream()
                        .filter(each -> each.struct.equals(name)).map(Placed::field).toList())));
                lists.add(new StructList(release, source, npm, structs));
            }
            sizes.clear();
            fields.clear();
            source = "";
            npm = List.of();
        }
    }
}
