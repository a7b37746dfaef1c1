package rwkvms.live.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** The queue for the slot: first come, first served. */
final class Turns {
    /** The maximum number of waiting requests; a further one is refused. */
    static final int MAX_WAITING = 512;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Long> waiting = new ArrayDeque<>();
    private long tickets;
    private boolean taken;
    private boolean stopped;

    /** Waits for a turn, and runs the work alone. */
    <T> T take(Supplier<T> work) {
        enter();
        try {
            return work.get();
        } finally {
            leave();
        }
    }

    private void enter() {
        lock.lock();
        try {
            if (waiting.size() >= MAX_WAITING) {
                throw new RequestException(RequestException.UNAVAILABLE,
                        "the slot: expected at most " + MAX_WAITING + " waiting requests, found one more; try later");
            }
            long ticket = tickets++;
            waiting.add(ticket);
            try {
                while (!stopped && (taken || waiting.getFirst() != ticket)) {
                    changed.await();
                }
                if (stopped) {
                    throw stops();
                }
                taken = true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw stops();
            } finally {
                waiting.remove(ticket);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private static RequestException stops() {
        return new RequestException(RequestException.UNAVAILABLE, "the server stops");
    }

    private void leave() {
        locked(() -> {
            taken = false;
            changed.signalAll();
            return 0;
        });
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Gives no further turn, and waits until the last one is over. */
    void stop() {
        locked(() -> {
            stopped = true;
            changed.signalAll();
            while (taken) {
                changed.awaitUninterruptibly();
            }
            return 0;
        });
    }

    int waiting() {
        return locked(waiting::size);
    }

    boolean taken() {
        return locked(() -> taken);
    }
}
