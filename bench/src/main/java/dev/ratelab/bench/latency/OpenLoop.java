package dev.ratelab.bench.latency;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests at instants fixed in advance, whatever became of the earlier ones, and counts each latency from the
 * instant its request was due, not from when it was sent. A closed loop would stop sending while the system stalls and
 * so leave out just those requests that would have suffered ("coordinated omission", Gil Tene).
 *
 * <p>The senders take the next arrival in turn, wait for its instant, send it, and take the next. One sender is enough
 * for a call that returns at once; a call that blocks needs as many as it has connections, and an arrival that finds all
 * of them busy waits, which counts.
 */
final class OpenLoop {
  /** An arrival sent later than this, though its sender was free in time, is the generator's fault. */
  static final long LATE_NANOS = 100_000;

  // Linux wakes a parked thread some 50 to 70 us late; the rest of the wait is spun away.
  private static final long SPIN_NANOS = 100_000;

  private static final long LEAD_NANOS = 2_000_000;
  private static final long GRACE_SECONDS = 30;

  /** What is sent. */
  @FunctionalInterface
  interface Call {
    /**
     * Sends one request.
     *
     * @param arrival its number
     * @param answered to be called once, on any thread: whether the request was answered properly
     */
    void send(int arrival, Answered answered);
  }

  /** Told of an answer. */
  @FunctionalInterface
  interface Answered {
    void answered(boolean properly);
  }

  /**
   * What came of a schedule.
   *
   * @param latencies in nanoseconds from when each request was due until its answer, by number
   * @param failed requests that were not answered properly; their latency is the time until that was known
   * @param late arrivals that the generator itself sent more than {@value #LATE_NANOS} ns late
   * @param lengthNanos from the start to the last answer
   */
  @SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
  record Outcome(long[] latencies, long failed, long late, long lengthNanos) {}

  private final long[] schedule;
  private final Call call;
  private final boolean alwaysSpin;
  private final long[] latencies;
  private final AtomicInteger next = new AtomicInteger();
  private final LongAdder failed = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final CountDownLatch unanswered;
  private final CountDownLatch ready;
  private final CountDownLatch go = new CountDownLatch(1);
  private volatile long start;

  private OpenLoop(long[] schedule, int senders, boolean alwaysSpin, Call call) {
    this.schedule = schedule;
    this.call = call;
    this.alwaysSpin = alwaysSpin;
    latencies = new long[schedule.length];
    unanswered = new CountDownLatch(schedule.length);
    ready = new CountDownLatch(senders);
  }

  /**
   * Runs a schedule to its end.
   *
   * @param schedule when the requests are due, in nanoseconds from the start, ascending
   * @param senders threads that send
   * @param alwaysSpin never to park while waiting: exact, at the price of a core for each sender
   * @param call what is sent
   * @throws InterruptedException if interrupted; nothing more is sent then
   */
  static Outcome run(long[] schedule, int senders, boolean alwaysSpin, Call call)
      throws InterruptedException {
    OpenLoop loop = new OpenLoop(schedule, senders, alwaysSpin, call);
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < senders; i++) {
        Thread thread = new Thread(loop::sendAll, "sender-" + i);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
      // A thread takes longer to start than the first arrivals are apart.
      loop.ready.await();
      loop.start = System.nanoTime() + LEAD_NANOS;
      loop.go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
    if (!loop.unanswered.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("%d of %d requests were still unanswered after %d s"
          .formatted(loop.unanswered.getCount(), schedule.length, GRACE_SECONDS));
    }
    return new Outcome(
        loop.latencies, loop.failed.sum(), loop.late.sum(), System.nanoTime() - loop.start);
  }

  private void sendAll() {
    ready.countDown();
    try {
      go.await();
    } catch (InterruptedException e) {
      return;
    }
    for (int i = next.getAndIncrement(); i < schedule.length; i = next.getAndIncrement()) {
      long free = System.nanoTime();
      long due = start + schedule[i];
      if (!waitUntil(due)) {
        return;
      }
      if (System.nanoTime() - Math.max(due, free) > LATE_NANOS) {
        late.increment();
      }
      int arrival = i;
      call.send(arrival, properly -> {
        latencies[arrival] = System.nanoTime() - due;
        if (!properly) {
          failed.increment();
        }
        unanswered.countDown();
      });
    }
  }

  private boolean waitUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      if (left > SPIN_NANOS && !alwaysSpin) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
    return true;
  }
}
