package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients at once on the one slot: each request is answered bit for bit as it is alone. By default a few rounds;
 * {@code mvn -Pload} gives numbers of clients and seconds.
 */
final class ConcurrencyTests {
    private static final int CLIENTS = Integer.getInteger("rwkvms.load.clients", 8);
    private static final int SECONDS = Integer.getInteger("rwkvms.load.seconds", 0);
    /** Minimum of rounds that each client makes. */
    private static final int ROUNDS = 4;
    private static final int PROMPTS = 12;
    private static final int ONE_IN = 16;
    private static final long SEED = 7;
    private static final long MAX_GROWTH_KIB = 96 * 1024;
    private static final double KIB_PER_MIB = 1024;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    private final LongAdder answered = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final LongAdder hungUp = new LongAdder();

    private static String request(int prompt) {
        return "{\"prompt\":\"Story " + prompt + " is told by client " + prompt * 31 % 7 + ".\",\"n_predict\":"
                + (2 + prompt % 5) + ",\"temperature\":" + (prompt % 3 == 0 ? "0.8,\"seed\":" + prompt : "0") + "}";
    }

    @Test
    @Timeout(300)
    void eachIsAnsweredAsAlone() throws Exception {
        try (TinyServer server = TinyServer.start()) {
            List<String> alone = new ArrayList<>();
            for (int prompt = 0; prompt < PROMPTS; prompt++) {
                alone.add(tokens(server.post("/completion", request(prompt))));
            }
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            List<Long> memory = new ArrayList<>();
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int client = 0; client < CLIENTS; client++) {
                    SplittableRandom random = new SplittableRandom(SEED + client);
                    running.add(clients.submit(() -> {
                        run(server, alone, random, end);
                        return null;
                    }));
                }
                for (int second = 0; second < SECONDS; second++) {
                    Thread.sleep(1000);
                    memory.add(residentKib());
                }
                for (Future<?> client : running) {
                    client.get();
                }
            }
            awaitNobody(server);
            System.out.printf(Locale.ROOT, "clients %d, seconds %d: %d answers, %d wrong, %d hung up; %s%n", CLIENTS,
                    SECONDS, answered.sum(), wrong.sum(), hungUp.sum(), memory(memory));
            assertThat(wrong.sum()).isZero();
            assertThat(answered.sum()).isPositive();
            assertThat(tokens(server.post("/completion", request(1)))).isEqualTo(alone.get(1));
            if (!memory.isEmpty()) {
                assertThat(memory.getLast() - memory.get(memory.size() / 3)).as("growth of resident memory in KiB")
                        .isLessThan(MAX_GROWTH_KIB);
            }
        }
    }

    /** A request of a client that hung up may still be running: it ends by itself. */
    private static void awaitNobody(TinyServer server) throws Exception {
        String metrics = server.get("/metrics").body();
        while (!metrics.contains("llamacpp:requests_deferred 0\n")
                || !metrics.contains("llamacpp:requests_processing 0\n")) {
            Thread.sleep(BETWEEN_LOOKS);
            metrics = server.get("/metrics").body();
        }
    }

    private void run(TinyServer server, List<String> alone, SplittableRandom random, long end) throws Exception {
        for (int round = 0; round < ROUNDS || System.nanoTime() < end; round++) {
            int prompt = random.nextInt(PROMPTS);
            if (random.nextInt(ONE_IN) == 0) {
                hangUp(server, request(prompt));
                hungUp.increment();
                continue;
            }
            HttpAnswer answer = server.post("/completion", request(prompt));
            answered.increment();
            if (answer.status() != 200 || !tokens(answer).equals(alone.get(prompt))) {
                wrong.increment();
            }
        }
    }

    private static String tokens(HttpAnswer answer) throws IOException {
        return answer.json().path("tokens") + answer.json().path("content").asText();
    }

    private static void hangUp(TinyServer server, String body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /completion HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    /** Resident memory of this process, which is both server and clients; 0 if the system does not report it. */
    private static long residentKib() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", ""))).findFirst().orElse(0);
    }

    private static String memory(List<Long> kib) {
        if (kib.isEmpty()) {
            return "memory not measured";
        }
        return String.format(Locale.ROOT, "resident MiB after a third, two thirds and the end: %.0f, %.0f, %.0f",
                kib.get(kib.size() / 3) / KIB_PER_MIB, kib.get(kib.size() * 2 / 3) / KIB_PER_MIB,
                kib.getLast() / KIB_PER_MIB);
    }
}
