package dev.ratelab.server.http;

import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.failure.StandingQueue;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One round of a thread that serves connections: it reads what all of them have sent, and then begins the next. What arrives
 * meanwhile waits for the whole round, unseen, so the length of rounds tells how long requests wait.
 *
 * <p>A thread is behind in what a round reads after {@link StandingQueue#TARGET_MICROS}, while the {@linkplain StandingQueue queue before
 * it stands}.
 */
public final class EventLoopLag {
  private static final FastThreadLocal<EventLoopLag> CURRENT = new FastThreadLocal<>() {
    @Override
    protected EventLoopLag initialValue() {
      return new EventLoopLag(TimeSource.monotonic()::micros);
    }
  };

  private final LongSupplier clock;
  private StandingQueue queue = new StandingQueue();
  private boolean running;
  private boolean late;
  private long began;
  private long ended;

  /** On a clock of the caller's, in microseconds. */
  EventLoopLag(LongSupplier clock) {
    this.clock = clock;
    ended = clock.getAsLong();
  }

  /** That of the calling thread. A thread that serves no connections is never in one. */
  public static EventLoopLag current() {
    return CURRENT.get();
  }

  /** Something is read. What is given to the executor now runs when all of this round is read. */
  void reads(EventExecutor executor) {
    if (!running) {
      begin();
      executor.execute(this::end);
    }
    arrives();
  }

  /** What is read now has waited since the round began. How long it is worked on afterwards, in a batch, does not count. */
  void arrives() {
    long now = clock.getAsLong();
    boolean waited = now - began >= StandingQueue.TARGET_MICROS;
    if (waited) {
      queue.waited(true, now);
    }
    late = waited && queue.stands(now);
  }

  void begin() {
    running = true;
    late = false;
    began = clock.getAsLong();
    // Whoever had nothing to read for so long is not behind, however long the rounds before were.
    if (began - ended >= StandingQueue.TARGET_MICROS) {
      queue = new StandingQueue();
    }
  }

  void end() {
    running = false;
    ended = clock.getAsLong();
    if (ended - began < StandingQueue.TARGET_MICROS) {
      queue.waited(false, ended);
    }
  }

  /** Works on a batch. Whoever is read behind it waits for one request that is large, and not because there are many. */
  public <T> T leavesOut(Supplier<T> batch) {
    long started = clock.getAsLong();
    try {
      return batch.get();
    } finally {
      began += clock.getAsLong() - started;
    }
  }

  /** Whether what was read last should not be waited for. */
  public boolean behind() {
    return running && late;
  }
}
