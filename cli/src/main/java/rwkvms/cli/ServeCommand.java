package rwkvms.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import rwkvms.file.FileFailure;
import rwkvms.ggml.Device;
import rwkvms.live.server.GateServer;
import rwkvms.live.server.ServedModel;
import rwkvms.llama.ContextSettings;
import rwkvms.runtime.NotEvaluatedException;

/** {@code gate serve}: runs a server with a sidecar, to try clients and health checks. */
@Command(name = "serve", description = {"Serves a model with its sidecar over HTTP until it is stopped.",
        "Without --model, it is a tiny one with random weights, which answers with random letters."})
final class ServeCommand extends GateCommand {
    private static final int MAX_PORT = 65_535;
    private static final int MAX_THREADS = 256;
    private static final long FOR_EVER = Long.MAX_VALUE / 2;

    @Option(names = "--model", paramLabel = "GGUF", description = "A Gemma4 base model.")
    private @Nullable Path model;

    @Option(names = "--sidecar", paramLabel = "GGUF", description = "The sidecar bound to it.")
    private @Nullable Path sidecar;

    @Option(names = "--alias", paramLabel = "NAME", description = "Name of the model; default: its file's.")
    private @Nullable String alias;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Address to listen on; there is no authentication. Default: ${DEFAULT-VALUE}")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on; 0: any free one. Default: ${DEFAULT-VALUE}")
    private int port = 8080;

    @Option(names = "--ctx-size", paramLabel = "TOKENS", description = "Tokens of the slot, a multiple of 256. Default: ${DEFAULT-VALUE}")
    private int context = 4096;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of a decode. Default: ${DEFAULT-VALUE}")
    private int threads = 1;

    @Option(names = "--device", paramLabel = "NAME", description = "A device of 'gate devices' that computes the model. Default: the processor.")
    private @Nullable String device;

    @Option(names = "--slot-save-path", paramLabel = "DIR", description = "Folder for saved slots; default: one that is deleted when the server stops.")
    private @Nullable Path slots;

    @Option(names = "--server-log", paramLabel = "FILE", description = "The server's log; default: standard error.")
    private @Nullable Path log;

    @Option(names = "--url-file", paramLabel = "FILE", description = "Holds the address while the server listens.")
    private @Nullable Path urlFile;

    @Option(names = "--for", paramLabel = "SECONDS", description = "Stops after that time.")
    private @Nullable Integer lifetime;

    @Override
    public Integer call() throws IOException, NotEvaluatedException {
        check();
        try (ShutdownSignal stopping = new ShutdownSignal()) {
            return start(stopping);
        }
    }

    private int start(ShutdownSignal stopping) throws IOException, NotEvaluatedException {
        try {
            requirePlaces();
            return serve();
        } catch (IOException e) {
            // An interrupt closes whatever file is being read or written.
            throw stopping.asked() ? new IOException("stopped before it could listen", e) : e;
        }
    }

    /** Refuses files that cannot be written and ports that are taken, before a model is read. */
    private void requirePlaces() throws IOException {
        if (urlFile != null) {
            AddressFile.clear(urlFile);
        }
        if (log != null) {
            LogFile.requireWritable(log);
        }
        GateServer.requireFree(host, port);
    }

    private int serve() throws IOException, NotEvaluatedException {
        Path folder = TemporaryFolder.createKept("gate-serve");
        try (ServedModel served = open(folder)) {
            if (log == null) {
                serve(served, folder, spec.commandLine().getErr(), () -> {
                });
            } else {
                try (LogFile file = LogFile.open(log)) {
                    serve(served, folder, file.out(), file::keep);
                }
            }
        } finally {
            TemporaryFolder.delete(folder);
        }
        return ExitCode.PASSED;
    }

    private void serve(ServedModel served, Path folder, PrintWriter logTo, FileFailure.Action started)
            throws IOException {
        try (GateServer server = GateServer.start(served, new GateServer.Settings(host, port, context, threads,
                name(served), slots == null ? folder.resolve("slots") : slots), logTo)) {
            started.run();
            String url = url(host, server.port());
            try {
                tell(url, name(served), served.model().device().map(Device::name).orElse(""));
                ShutdownSignal.await(lifetime == null ? FOR_EVER : lifetime);
            } finally {
                if (urlFile != null) {
                    AddressFile.remove(urlFile, url);
                }
            }
        }
    }

    private void check() throws IOException {
        require(urlFile == null || log == null || !same(urlFile, log),
                "--url-file and --server-log: expected two files, found one");
        require((model == null) == (sidecar == null), "--model and --sidecar go together");
        require(port >= 0 && port <= MAX_PORT, "--port: expected 0 to " + MAX_PORT + ", found " + port);
        require(context > 0 && context % ContextSettings.CELLS == 0,
                "--ctx-size: expected a positive multiple of " + ContextSettings.CELLS + ", found " + context);
        require(lifetime == null || lifetime > 0, "--for: expected at least 1 second, found " + lifetime);
        require(threads > 0 && threads <= MAX_THREADS,
                "--threads: expected 1 to " + MAX_THREADS + ", found " + threads);
    }

    private static boolean same(Path one, Path other) throws IOException {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
                || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    }

    private ServedModel open(Path folder) throws IOException, NotEvaluatedException {
        Optional<ServedModel.Place> place = Optional.ofNullable(device)
                .map(name -> new ServedModel.Place(name, folder));
        return model == null || sidecar == null
                ? ServedModel.tiny(folder, place)
                : ServedModel.open(InputFiles.readable(model), InputFiles.readable(sidecar), place);
    }

    private String name(ServedModel served) {
        return alias != null ? alias : String.valueOf(served.base().getFileName()).replaceAll("\\.gguf$", "");
    }

    static String url(String host, int port) {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/v1";
    }

    private void tell(String url, String name, String on) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (urlFile != null) {
            AddressFile.write(urlFile, url);
        }
        if (common.json()) {
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", true).put("base_url", url).put("model",
                    name);
            if (!on.isEmpty()) {
                json.put("device", on);
            }
            out.println(json);
        } else {
            out.println("serving " + name + " on " + url + (on.isEmpty() ? "" : ", computed on " + on));
        }
        out.flush();
        if (!InetAddress.getByName(host).isLoopbackAddress()) {
            spec.commandLine().getErr().println("gate: " + host + ": anybody who reaches it may use the server");
        }
    }
}
