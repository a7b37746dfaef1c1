package rwkvms.live.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Who has the slot, and who is next: first come, first served. */
final class Turns {
    /** Requests that may wait; a further one is told to come later. */
    static final int MAX_WAITING = 512;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Long> waiting = new ArrayDeque<>();
    private long tickets;
    private boolean taken;
    private boolean stopped;

    /** Runs the work alone, in its turn. */
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
        lock.lock();
        try {
            taken = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Gives no further turn; returns when the last one is over. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
            while (taken) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    boolean taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
