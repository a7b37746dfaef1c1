package rwkvms.nativeruntime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The folder with the suite's own library and ggml's CPU variants, which the build fills. */
public final class NativeFiles {
    /** The system property with the folder; by default it is under {@code rwkvms.root}. */
    public static final String FOLDER_PROPERTY = "rwkvms.native";

    private static final String ROOT_PROPERTY = "rwkvms.root";
    private static final Path UNDER_ROOT = Path.of("native", "target", "cmake", "lib");

    private NativeFiles() {
    }

    public static Path folder() {
        String folder = System.getProperty(FOLDER_PROPERTY);
        return folder != null
                ? Path.of(folder)
                : Path.of(System.getProperty(ROOT_PROPERTY, ".")).resolve(UNDER_ROOT).toAbsolutePath().normalize();
    }

    /** The suite's own library; {@link IncompatibleLibraryException} if it has not been built. */
    public static Path library() {
        Path library = folder().resolve(System.mapLibraryName("rwkv_ms"));
        if (!Files.exists(library)) {
            throw new IncompatibleLibraryException(
                    library + ": the C++ runtime is not there; build it with mvn -DskipTests package -pl native -am");
        }
        return library;
    }

    /** The libraries of llama.cpp in the folder. */
    public static LibraryList libraries() {
        return LibraryList.of(folder());
    }

    /** ggml's CPU variants in name order; none if ggml has its CPU code built in. */
    public static List<Path> cpuVariants() {
        return libraries().all(LibraryList.Role.CPU);
    }
}
