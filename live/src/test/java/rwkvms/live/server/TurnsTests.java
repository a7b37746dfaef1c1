package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One at a time, first come, first served. */
@Timeout(120)
final class TurnsTests {
    private static final int CLIENTS = 20;

    private final Turns turns = new Turns();

    @Test
    void whoComesFirstIsServedFirst() throws Exception {
        List<Integer> served = new ArrayList<>();
        CountDownLatch held = new CountDownLatch(1);
        List<Thread> clients = new ArrayList<>(List.of(holding(held)));
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            clients.add(Thread.ofVirtual().start(() -> turns.take(() -> served.add(client))));
            await(client + 1);
        }
        held.countDown();
        for (Thread client : clients) {
            client.join();
        }
        assertThat(served).isSorted().hasSize(CLIENTS);
        assertThat(turns.taken()).isFalse();
    }

    @Test
    void aFailureEndsTheTurn() {
        assertThatExceptionOfType(HungUpException.class).isThrownBy(() -> turns.take(() -> {
            throw new HungUpException();
        }));
        assertThat(turns.<Integer>take(() -> 5)).isEqualTo(5);
    }

    @Test
    void whoWaitsWhenTheServerStopsIsToldSo() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        Thread holder = holding(held);
        List<String> told = new ArrayList<>();
        Thread waiting = waiting(told, e -> e.status() + " " + e.getMessage());
        Thread stopping = Thread.ofVirtual().start(turns::stop);
        waiting.join();
        assertThat(stopping.isAlive()).isTrue();
        held.countDown();
        stopping.join();
        holder.join();
        assertThat(told).containsExactly("503 the server stops");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> turns.take(() -> 1));
    }

    @Test
    void theQueueHasAnEnd() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        List<Thread> clients = new ArrayList<>(List.of(holding(held)));
        for (int i = 0; i < Turns.MAX_WAITING; i++) {
            clients.add(Thread.ofVirtual().start(() -> turns.take(() -> 1)));
        }
        await(Turns.MAX_WAITING);
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> turns.take(() -> 1)).withMessage(
                "the slot: expected at most 512 waiting requests, found one more; try later");
        held.countDown();
        for (Thread client : clients) {
            client.join();
        }
    }

    @Test
    void whoIsInterruptedWaitsNoLonger() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        Thread holder = holding(held);
        List<String> told = new ArrayList<>();
        Thread waiting = waiting(told,
                e -> e.status() + " " + e.getMessage() + " " + Thread.currentThread().isInterrupted());
        waiting.interrupt();
        waiting.join();
        assertThat(told).containsExactly("503 the server stops true");
        assertThat(turns.waiting()).isZero();
        assertThat(turns.taken()).isTrue();
        held.countDown();
        holder.join();
        assertThat(turns.<Integer>take(() -> 5)).isEqualTo(5);
    }

    /** A client that waits for its turn, and records whether it was served or why not. */
    private Thread waiting(List<String> told, Function<RequestException, String> words) throws InterruptedException {
        Thread client = Thread.ofVirtual().start(() -> {
            try {
                turns.take(() -> told.add("served"));
            } catch (RequestException e) {
                told.add(words.apply(e));
            }
        });
        await(1);
        return client;
    }

    private Thread holding(CountDownLatch until) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread holder = Thread.ofVirtual().start(() -> turns.take(() -> {
            begun.countDown();
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return 0;
        }));
        begun.await();
        return holder;
    }

    private void await(int waiting) throws InterruptedException {
        while (turns.waiting() != waiting) {
            Thread.sleep(1);
        }
    }
}
