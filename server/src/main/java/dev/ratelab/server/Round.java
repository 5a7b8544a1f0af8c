package dev.ratelab.server;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One round of a thread that serves connections: it reads what all of them have sent, and then begins the next. What arrives
 * meanwhile waits for the whole round, unseen, so the length of rounds tells how long requests wait.
 *
 * <p>A thread is behind in a round longer than {@link #TARGET_NANOS}, once no round has been short for {@link #PATIENCE_NANOS}: what a
 * pause has held up is served all the same. The two numbers, and why it takes both, are from CoDel (RFC 8289), which sheds packets so.
 */
final class Round {
  static final long TARGET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final FastThreadLocal<Round> CURRENT = new FastThreadLocal<>() {
    @Override
    protected Round initialValue() {
      return new Round(System::nanoTime);
    }
  };

  private final LongSupplier clock;
  private boolean running;
  private boolean late;
  private boolean shedding;
  private long began;
  private long ended;
  private long calm;

  Round(LongSupplier clock) {
    this.clock = clock;
    ended = clock.getAsLong();
    calm = ended;
  }

  /** That of the calling thread. A thread that serves no connections is never in one. */
  static Round current() {
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
    late = now - began >= TARGET_NANOS && now - calm >= PATIENCE_NANOS;
    shedding |= late;
  }

  void begin() {
    running = true;
    late = false;
    shedding = false;
    began = clock.getAsLong();
    // Whoever had nothing to read for so long is not behind, however long ago the last short round
    // was.
    if (began - ended >= TARGET_NANOS) {
      calm = began;
    }
  }

  void end() {
    running = false;
    ended = clock.getAsLong();
    if (!shedding && ended - began < TARGET_NANOS) {
      calm = ended;
    }
  }

  /** Whether what was read last should not be waited for. */
  boolean behind() {
    return running && late;
  }
}
