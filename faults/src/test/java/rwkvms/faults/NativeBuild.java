package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The commands that built the module {@code native}, read from CMake's makefiles: faulty libraries are made with the same
 * compiler, flags and libraries.
 *
 * @param build   CMake's build folder, where the commands run
 * @param compile the compiler with its flags, ready for a shell
 * @param link    the command that links the library, with {@code @OUT@} and {@code @OBJECTS@} in it
 * @param batches the files that CMake compiles together, or alone
 */
record NativeBuild(Path build, Path sources, String compile, String link, List<Batch> batches) {
    /** Files that CMake compiles together into one object. */
    record Batch(List<String> files, Path object) {
        /** Whether the object was made of the sources as they are, all of which are not younger than that. */
        boolean isOf(FileTime youngest) throws IOException {
            return Files.exists(object) && Files.getLastModifiedTime(object).compareTo(youngest) > 0;
        }
    }

    static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    static final Path SOURCES = ROOT.resolve("native/src/main/cpp/src");

    private static final Pattern OBJECTS = Pattern.compile("(?: \\S+\\.o)+");
    private static final Pattern OUTPUT = Pattern.compile(" -o \\S+");
    private static final Pattern UNITY = Pattern.compile("(\\S+/Unity/\\S+\\.cxx)\\.o");
    private static final Pattern ALONE = Pattern.compile("(\\S+/src/([^/ ]+\\.cpp)\\.o)");
    private static final Pattern HEADERS = Pattern.compile("(?m)^# PCH options: \\S+\\.o_OPTIONS = (.+)$");
    private static final Pattern INCLUDED = Pattern.compile("#include \".*/src/([^/\"]+)\"");

    static NativeBuild read() throws IOException {
        Path build = ROOT.resolve("native/target/cmake");
        Path target = build.resolve("CMakeFiles/rwkv_ms.dir");
        Path link = target.resolve("link.txt");
        if (!Files.exists(link)) {
            throw new IOException(link + ": expected CMake's makefiles of the module native, found none; build it with"
                    + " mvn -DskipTests package -pl native -am");
        }
        String linking = Files.readString(link).strip();
        String flags = Files.readString(target.resolve("flags.make"));
        String compiler = linking.substring(0, linking.indexOf(' '));
        String compile = String.join(" ", compiler, variable(flags, "CXX_DEFINES"), variable(flags, "CXX_INCLUDES"),
                variable(flags, "CXX_FLAGS"), headers(flags));
        List<Batch> batches = batches(build, linking);
        linking = OUTPUT.matcher(linking).replaceFirst(" -o @OUT@");
        linking = OBJECTS.matcher(linking).replaceFirst(" @OBJECTS@");
        return new NativeBuild(build, SOURCES, compile, linking, batches);
    }

    private static String variable(String makefile, String name) {
        return makefile.lines().filter(line -> line.startsWith(name + " =")).findFirst()
                .map(line -> line.substring(name.length() + 2).strip()).orElse("");
    }

    /** Options for the standard library's headers, which CMake has compiled once for all files: they are half of the work of one. */
    private static String headers(String makefile) {
        return HEADERS.matcher(makefile).results().findFirst().stream()
                .flatMap(found -> Stream.of(found.group(1).split(";")))
                .map(option -> "'" + option + "'").collect(Collectors.joining(" "));
    }

    /** Reads only files that the link command names: an earlier build may have left others beside them. */
    private static List<Batch> batches(Path build, String linking) throws IOException {
        List<Batch> batches = new ArrayList<>();
        for (MatchResult object : UNITY.matcher(linking).results().toList()) {
            String text = Files.readString(build.resolve(object.group(1)));
            batches.add(new Batch(INCLUDED.matcher(text).results().map(found -> found.group(1)).toList(),
                    build.resolve(object.group())));
        }
        ALONE.matcher(linking).results().forEach(
                object -> batches.add(new Batch(List.of(object.group(2)), build.resolve(object.group(1)))));
        return batches;
    }

    /** A source or header by its name; {@code rwkv_ms.h} is in a folder of its own. */
    static Path file(String name) {
        Path source = SOURCES.resolve(name);
        Path header = SOURCES.resolveSibling("include").resolve(name);
        return !Files.exists(source) && Files.exists(header) ? header : source;
    }

    Path source(String file) {
        return sources.resolve(file);
    }

    String link(Path out, List<Path> objects) {
        StringBuilder all = new StringBuilder();
        objects.forEach(object -> all.append(all.isEmpty() ? "" : " ").append(object));
        return link.replaceFirst("@OUT@", Matcher.quoteReplacement(out.toString())).replaceFirst("@OBJECTS@",
                Matcher.quoteReplacement(all.toString()));
    }

    /** The folder with the built library and those beside it. */
    Path libraries() {
        return build.resolve("lib");
    }
}
