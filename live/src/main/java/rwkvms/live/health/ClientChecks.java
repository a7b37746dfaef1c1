package rwkvms.live.health;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several clients at once, and clients that do not wait: the slot is everybody's and nobody's. */
final class ClientChecks {
    private static final int FEW = 6;
    private static final int ROUNDS = 2;
    /** More than a client waits for. */
    private static final int MANY = 100_000;
    private static final Duration WAITED = Duration.ofMillis(300);

    private final ServerClient probe;
    private final int clients;

    ClientChecks(ServerClient probe, int clients) {
        this.probe = probe;
        this.clients = clients;
    }

    private static ObjectNode request(int client) {
        return Asks.completion("Client number " + client + " says:", FEW, Asks.SEED).put("cache_prompt", false);
    }

    private String ask(int client) {
        return probe.postRoot("/completion", request(client)).text("content");
    }

    /** Each gets what it gets alone. */
    void concurrent(Facts facts) {
        List<String> alone = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            alone.add(ask(client));
        }
        requireSomething(alone);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                List<Future<String>> together = new ArrayList<>();
                for (int client = 0; client < clients; client++) {
                    int number = client;
                    together.add(threads.submit(() -> ask(number)));
                }
                for (int client = 0; client < clients; client++) {
                    String difference = Trace.difference(alone.get(client), result(together.get(client)));
                    Check.require(difference.isEmpty(), "client " + client + " of " + clients
                            + " at once, beside what it is answered alone: " + difference);
                }
            }
        }
        facts.add("requests at once", clients);
    }

    private static void requireSomething(List<String> answers) {
        if (answers.stream().allMatch(String::isBlank)) {
            throw new Check.NotGiven("not answered: the server says nothing");
        }
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

    /** A client that hangs up, while it is answered or while it waits, leaves the slot to the next one. */
    void hangUp(Facts facts) {
        String expected = ask(0);
        requireSomething(List.of(expected));
        for (boolean stream : List.of(true, false)) {
            ObjectNode endless = Asks.completion("Count without end:", MANY, Asks.SEED).put("stream", stream);
            probe.hangUp("/completion", endless, WAITED);
            String difference = Trace.difference(expected, ask(0));
            Check.require(difference.isEmpty(), "completion after a client hung up: " + difference);
        }
        facts.add("clients that hung up", 2);
    }
}
