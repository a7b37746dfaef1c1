package rwkvms.nativeruntime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The libraries of llama.cpp in a folder, by role. The build that put them there wrote the list: file names differ
 * between builds, so nobody else looks for them by their names.
 */
public record LibraryList(Path folder, List<Entry> entries) {
    /** The list's name. */
    public static final String FILE = "libraries.txt";
    private static final String CURE = "; build it with mvn -DskipTests package -pl native -am";

    /** What a library is for. */
    public enum Role {
        GGML_BASE("ggml-base"),
        GGML("ggml"),
        LLAMA("llama"),
        /** ggml's code for the processor, one file per instruction set; none if ggml has it built in. */
        CPU("cpu"),
        /** ggml's code for a kind of device, such as Vulkan. */
        DEVICE("device");

        private final String word;

        Role(String word) {
            this.word = word;
        }
    }

    /** One line of the list, with its place for messages. */
    record Entry(Role role, Path file, String place) {
        /** Files are looked for when they are needed: a device's may be removed where none is wanted. */
        Path existing() {
            if (!Files.isRegularFile(file)) {
                throw new IncompatibleLibraryException(
                        place + ": expected the file " + file.getFileName() + " in this folder, found none" + CURE);
            }
            return file;
        }
    }

    public LibraryList {
        entries = List.copyOf(entries);
    }

    /**
     * Reads the list of a folder.
     *
     * @throws IncompatibleLibraryException if there is none, or a line is not as expected
     */
    public static LibraryList of(Path folder) {
        Path list = folder.resolve(FILE);
        List<Entry> entries = new ArrayList<>();
        try {
            int number = 0;
            for (String line : Files.readAllLines(list)) {
                number++;
                if (!line.startsWith("#")) {
                    entries.add(entry(folder, list + ": line " + number, line));
                }
            }
        } catch (NoSuchFileException e) {
            throw new IncompatibleLibraryException(list
                    + ": expected the list of the libraries of llama.cpp, found no such file" + CURE, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new LibraryList(folder, entries);
    }

    private static Entry entry(Path folder, String place, String line) {
        for (Role role : Role.values()) {
            String name = line.substring(Math.min(line.length(), role.word.length() + 1));
            if (line.equals(role.word + " " + name) && !name.isEmpty() && !name.contains("/")) {
                return new Entry(role, folder.resolve(name), place);
            }
        }
        throw new IncompatibleLibraryException(place + ": expected ggml-base, ggml, llama, cpu or device, a blank and a"
                + " file name, found '" + line + "'" + CURE);
    }

    /** The library with a role that exactly one has. */
    public Path one(Role role) {
        List<Path> files = all(role);
        if (files.size() != 1) {
            throw new IncompatibleLibraryException(folder.resolve(FILE) + ": expected one line '" + role.word
                    + " FILE', found " + files.size() + CURE);
        }
        return files.getFirst();
    }

    /**
     * The libraries with a role, in name order, whether this machine can load them or not.
     *
     * @throws IncompatibleLibraryException if one of the files is gone
     */
    public List<Path> all(Role role) {
        return entries.stream().filter(entry -> entry.role == role).map(Entry::existing).sorted().toList();
    }
}
