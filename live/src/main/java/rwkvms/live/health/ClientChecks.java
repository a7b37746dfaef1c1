package rwkvms.live.health;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Checks of several clients at once, and of clients that do not wait for their answer. */
final class ClientChecks {
    private static final int FEW = 6;
    private static final int ROUNDS = 2;
    /** More tokens than a client waits for. */
    private static final int MANY = 100_000;
    private static final Duration WAITED = Duration.ofMillis(300);

    private final ServerClient probe;
    private final int clients;

    ClientChecks(ServerClient probe, int clients) {
        this.probe = probe;
        this.clients = clients;
    }

    private static ObjectNode request(int client) {
        return RequestBodies.completion("Client number " + client + " says:", FEW, RequestBodies.SEED)
                .put("cache_prompt", false);
    }

    private String ask(int client) {
        return probe.postRoot("/completion", request(client)).text("content");
    }

    /** Each client gets the answer that it gets alone. */
    void concurrent(Facts facts) {
        List<String> alone = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            alone.add(ask(client));
        }
        Check.requireSomething(alone);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                List<Future<String>> together = new ArrayList<>();
                for (int client = 0; client < clients; client++) {
                    int number = client;
                    together.add(threads.submit(() -> ask(number)));
                }
                for (int client = 0; client < clients; client++) {
                    Check.requireSame(
                            "client " + client + " of " + clients + " at once, beside what it is answered alone",
                            alone.get(client), result(together.get(client)));
                }
            }
        }
        facts.add("requests at once", clients);
    }

    private static String result(Future<String> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServerException problem) {
                throw problem;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException("interrupted");
        }
    }

    /** A client that hangs up leaves the slot to the next one, whether it was waiting or being answered. */
    void hangUp(Facts facts) {
        String expected = ask(0);
        Check.requireSomething(List.of(expected));
        for (boolean stream : List.of(true, false)) {
            ObjectNode endless = RequestBodies.completion("Count without end:", MANY, RequestBodies.SEED).put("stream",
                    stream);
            probe.hangUp("/completion", endless, WAITED);
            Check.requireSame("completion after a client hung up", expected, ask(0));
        }
        facts.add("clients that hung up", 2);
    }
}
