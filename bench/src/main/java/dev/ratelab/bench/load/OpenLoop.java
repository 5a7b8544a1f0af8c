package dev.ratelab.bench.load;

import dev.ratelab.bench.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests at instants fixed in advance, whatever became of the earlier ones, and counts each latency from the
 * instant its request was due, not from when it was sent. A closed loop would stop sending while the system stalls and
 * so leave out just those requests that would have suffered ("coordinated omission", Gil Tene).
 *
 * <p>The senders take the next arrival in turn, wait for its instant, send it, and take the next. One sender is enough
 * for a call that returns at once; a call that blocks needs as many as it has connections, and an arrival that finds all
 * of them busy waits, which counts.
 */
public final class OpenLoop {
  // Linux wakes a parked thread some 50 to 70 us late; the rest of the wait is spun away.
  private static final long SPIN_NANOS = 100_000;

  private static final long LEAD_NANOS = 2_000_000;
  private static final long GRACE_SECONDS = 30;

  /** What is sent. */
  @FunctionalInterface
  public interface Call {
    /** Sends one request; its answer, on any thread, goes to {@link Request#answered}. */
    void send(Request request);

    /** What went wrong so far and how often, for example {@code status 503}. */
    default Map<String, Integer> problems() throws InterruptedException {
      return Map.of();
    }

    /**
     * Asks a target.
     *
     * @param async whether to go on without waiting for the answer
     * @param keys the key of each request, by number
     */
    static Call of(Target target, boolean async, IntFunction<String> keys) {
      if (async) {
        return request -> target
            .callAsync()
            .apply(keys.apply(request.number()))
            .whenComplete((answer, failure) -> request.answered(answer(answer, failure)));
      }
      return request -> {
        Answer answer;
        try {
          answer = answer(target.call().apply(keys.apply(request.number())), null);
        } catch (RuntimeException e) {
          answer = Answer.ERROR;
        }
        request.answered(answer);
      };
    }

    private static Answer answer(@Nullable Object answer, @Nullable Throwable failure) {
      return Target.failed(answer, failure) ? Answer.ERROR : Answer.PROPER;
    }
  }

  /** How a sender waits for the instant of the next arrival. */
  public enum Waiting {
    /** Sleeps most of the time, and is exact in the end. */
    SLEEPING,
    /** Never sleeps: exact, at the price of a core for each sender. */
    SPINNING,
    /**
     * Only sleeps, so that it takes next to nothing from a system under load on the same few cores. Sends some 60 us late on
     * Linux, which counts.
     */
    COARSE
  }

  /** What became of a request. */
  public enum Answer {
    /** It was answered as it should. */
    PROPER,
    /** It was answered otherwise, or its connection broke. */
    ERROR,
    /** No answer came within the deadline. */
    TIMEOUT
  }

  /**
   * What came of a schedule, by the number of the request.
   *
   * @param startMillis when it began, in milliseconds since the Unix epoch
   * @param latencies in nanoseconds from when each request was due until its answer; for one without a proper answer,
   *     until that was known
   * @param lags in nanoseconds how much of that the generator itself added before sending
   * @param lengthNanos from the start to the last answer
   */
  @SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
  public record Outcome(
      long startMillis, long[] latencies, long[] lags, Answer[] answers, long lengthNanos) {

    public long count(Answer answer) {
      return Arrays.stream(answers).filter(answer::equals).count();
    }

    /** How many requests were sent later than this by the generator's own fault. */
    long late(long nanos) {
      return Arrays.stream(lags).filter(lag -> lag > nanos).count();
    }
  }

  /** A request that was sent or is about to be. */
  public final class Request {
    private final int number;
    private final long due;

    private Request(int number, long due) {
      this.number = number;
      this.due = due;
    }

    public int number() {
      return number;
    }

    /** When it was due, on the clock of {@link System#nanoTime}. */
    long due() {
      return due;
    }

    /**
     * The generator has nothing more to do for it but to send it. A call that hands requests over to a thread of its own
     * says so on that thread: then all the time since it was due is the generator's own, and not only that for which its
     * sender was free.
     */
    void begun() {
      lags[number] = Math.max(0, System.nanoTime() - due);
    }

    /** Its answer is there; to be called once. */
    public void answered(Answer answer) {
      latencies[number] = System.nanoTime() - due;
      answers[number] = answer;
      unanswered.countDown();
    }
  }

  private final long[] schedule;
  private final Call call;
  private final Waiting waiting;
  private final long[] latencies;
  private final long[] lags;
  private final Answer[] answers;
  private final AtomicInteger next = new AtomicInteger();
  private final CountDownLatch unanswered;
  private final CountDownLatch ready;
  private final CountDownLatch go = new CountDownLatch(1);
  private volatile long start;

  private OpenLoop(long[] schedule, int senders, Waiting waiting, Call call) {
    this.schedule = schedule;
    this.call = call;
    this.waiting = waiting;
    latencies = new long[schedule.length];
    lags = new long[schedule.length];
    answers = new Answer[schedule.length];
    unanswered = new CountDownLatch(schedule.length);
    ready = new CountDownLatch(senders);
  }

  /**
   * Runs a schedule to its end.
   *
   * @param schedule when the requests are due, in nanoseconds from the start, ascending
   * @throws InterruptedException if interrupted; nothing more is sent then
   */
  public static Outcome run(long[] schedule, int senders, Waiting waiting, Call call)
      throws InterruptedException {
    OpenLoop loop = new OpenLoop(schedule, senders, waiting, call);
    List<Thread> threads = new ArrayList<>();
    long startMillis;
    try {
      for (int i = 0; i < senders; i++) {
        Thread thread = new Thread(loop::sendAll, "sender-" + i);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
      // A thread takes longer to start than the first arrivals are apart.
      loop.ready.await();
      startMillis = System.currentTimeMillis();
      loop.start = System.nanoTime() + LEAD_NANOS;
      loop.go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
    if (!loop.unanswered.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("%s of %s requests were still unanswered after %s s"
          .formatted(loop.unanswered.getCount(), schedule.length, GRACE_SECONDS));
    }
    return new Outcome(
        startMillis, loop.latencies, loop.lags, loop.answers, System.nanoTime() - loop.start);
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
      lags[i] = System.nanoTime() - Math.max(due, free);
      call.send(new Request(i, due));
    }
  }

  private boolean waitUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      if (waiting == Waiting.COARSE) {
        LockSupport.parkNanos(left);
      } else if (waiting == Waiting.SLEEPING && left > SPIN_NANOS) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
    return true;
  }
}
