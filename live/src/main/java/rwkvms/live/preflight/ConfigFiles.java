package rwkvms.live.preflight;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.live.preflight.IniFile.Entry;
import rwkvms.live.preflight.LaunchFinding.Weight;

/**
 * The settings that llama.cpp v0.5.0 takes from config.ini before variables and options: first those of the system's
 * file, then those of the user's; in each file the section {@code [*]}, then {@code [default]}. Later settings win.
 */
public final class ConfigFiles {
    public static final Path SYSTEM = Path.of("/etc/llama.cpp/config.ini");
    /** The maximum size of a file: nobody writes more settings by hand. */
    static final long MAX_BYTES = 1 << 20;

    private static final String A_FILE = "a readable file, or none";
    private static final String VERSION = "version";

    private final List<OptionSetting> settings = new ArrayList<>();
    private final List<LaunchFinding> unread = new ArrayList<>();
    private final List<LaunchFinding> unknown = new ArrayList<>();
    private final List<String> unknownKeys = new ArrayList<>();

    private ConfigFiles() {
    }

    public static ConfigFiles none() {
        return new ConfigFiles();
    }

    /** The files that a server reads if it has these variables. */
    public static ConfigFiles of(Map<String, String> environment, Path system) {
        ConfigFiles files = new ConfigFiles();
        files.read(system.toString());
        files.read(ofUser(environment));
        return files;
    }

    /**
     * The user's file. An empty variable counts as absent; without variables llama.cpp asks the system for the home
     * folder, as Java does.
     */
    static String ofUser(Map<String, String> environment) {
        String folder = environment.getOrDefault("XDG_CONFIG_HOME", "");
        if (folder.isEmpty()) {
            String home = environment.getOrDefault("HOME", "");
            folder = (home.isEmpty() ? System.getProperty("user.home", "") : home) + "/.config";
        }
        return folder + "/llama.cpp/config.ini";
    }

    private void read(String name) {
        try {
            Path path = Path.of(name);
            if (!Files.notExists(path)) {
                read(path);
            }
        } catch (InvalidPathException noName) {
            miss(name, A_FILE, "a name that no file has");
        }
    }

    private void read(Path path) {
        try {
            if (!Files.exists(path)) {
                miss(path.toString(), A_FILE, "a place that cannot be looked at");
            } else if (!Files.isRegularFile(path)) {
                miss(path.toString(), A_FILE, "no regular file");
            } else if (Files.size(path) > MAX_BYTES) {
                miss(path.toString(), "at most " + MAX_BYTES + " bytes", Files.size(path) + " bytes");
            } else {
                take(path.toString(), IniFile.of(Files.readString(path)));
            }
        } catch (CharacterCodingException e) {
            miss(path.toString(), "UTF-8", "other bytes");
        } catch (AccessDeniedException e) {
            miss(path.toString(), A_FILE, "one that may not be read");
        } catch (IOException e) {
            miss(path.toString(), A_FILE, "one that cannot be read (" + e + ")");
        } catch (IniFile.MalformedLineException e) {
            miss(path + ":" + e.line(), "'key = value', '[section]' or a comment", "'" + e.getMessage() + "'");
        }
    }

    private void take(String path, IniFile file) {
        for (String section : List.of("*", IniFile.DEFAULT)) {
            for (Entry entry : file.section(section)) {
                if (!entry.key().equals(VERSION)) {
                    take(path + ":" + entry.line(), entry);
                }
            }
        }
    }

    private void take(String line, Entry entry) {
        Optional<ServerOption> option = ServerOption.keyed(entry.key());
        if (option.isEmpty()) {
            unknownKeys.add(entry.key());
            unknown.add(new LaunchFinding(LaunchRule.OPTION_JUDGED, Weight.NOT_EVALUATED, line + ": " + entry.key(),
                    "an option of llama.cpp's", "none"));
        } else {
            settings.add(OptionSetting.ofKey(option.get(), line, entry.key(), entry.value()));
        }
    }

    private void miss(String place, String expected, String found) {
        unread.add(new LaunchFinding(LaunchRule.SETTINGS_READ, Weight.NOT_EVALUATED, place, expected, found));
    }

    /** The settings in the order in which they are applied. */
    List<OptionSetting> settings() {
        return List.copyOf(settings);
    }

    /** Findings about files that a server reads and we cannot. */
    List<LaunchFinding> unread() {
        return List.copyOf(unread);
    }

    /** The keys that belong to no option, as they are written. */
    List<String> unknownKeys() {
        return List.copyOf(unknownKeys);
    }

    /** Findings about unknown keys. */
    List<LaunchFinding> unknown() {
        return List.copyOf(unknown);
    }
}
