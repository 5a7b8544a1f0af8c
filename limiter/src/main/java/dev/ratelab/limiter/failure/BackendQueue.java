package dev.ratelab.limiter.failure;

import java.util.concurrent.TimeUnit;

/**
 * What waits for a backend, and whether more should. While a {@linkplain StandingQueue queue stands}, as many may wait as the backend
 * answers in the time that it takes without a queue and twice {@link StandingQueue#TARGET_MICROS} (Little's law).
 *
 * <p>Nothing is known of the backend, so both are measured, in the way of BBR (Cardwell et al., 2016): how many it answers, all the
 * time; how long it takes without a queue, whenever next to nobody waits. A queue that stands hides the latter, so now and then only so
 * few are let in. Without that, where the way or this process itself has become slower, letting in less and less
 * would shorten no wait. Thread-safe.
 */
final class BackendQueue {
  /** So few hardly make one another wait. */
  static final int FEW = 4;

  /** How long what was measured without a queue holds. */
  private static final long PROBE_EVERY_MICROS = TimeUnit.SECONDS.toMicros(10);

  private static final int PROBES = 8;

  /** Without answers there is nothing to be learnt. */
  private static final long PROBE_MOST_MICROS = TimeUnit.SECONDS.toMicros(1);

  /** The weight of one more wait in the mean. */
  private static final double WEIGHT = 1.0 / 8;

  private final StandingQueue queue = new StandingQueue();
  private final Mean probe = new Mean();
  private final Mean interval = new Mean();
  private boolean known;
  private double alone;
  private double perMicro;
  private boolean probing;
  private long probed;
  private long intervalBegan;

  /** Whether what comes now should not wait, while so many others do. */
  synchronized boolean isFull(int others, long now) {
    if (others < FEW) {
      return false;
    }
    if (probing) {
      return now - probed < PROBE_MOST_MICROS;
    }
    return queue.stands(now) && others >= perMicro * (alone + 2 * StandingQueue.TARGET_MICROS);
  }

  /**
   * The backend has answered.
   *
   * @param others how many waited already when this one began to
   * @param wait in microseconds
   * @param now in microseconds
   */
  synchronized void answered(int others, long wait, long now) {
    if (!known) {
      known = true;
      alone = wait;
      probed = now - PROBE_EVERY_MICROS;
      intervalBegan = now;
    }
    if (probing) {
      probe(others, wait, now);
      return;
    }
    if (others < FEW && !queue.stands(now)) {
      alone += WEIGHT * (wait - alone);
    }
    if (now >= intervalBegan) {
      interval.add(wait);
    }
    if (now - intervalBegan >= StandingQueue.PATIENCE_MICROS) {
      perMicro = interval.count / (double) (now - intervalBegan);
      // Nobody is answered sooner in a queue.
      alone = Math.min(alone, interval.mean());
      beginInterval(now);
    }
    queue.waited(wait > alone + StandingQueue.TARGET_MICROS, now);
    if (queue.stands(now) && now - probed >= PROBE_EVERY_MICROS) {
      probing = true;
      probed = now;
      probe.clear();
    }
  }

  private void probe(int others, long wait, long now) {
    if (others < FEW) {
      probe.add(wait);
    }
    // What it keeps short for now is not over, and shows again only when it has come back.
    queue.waited(true, now);
    if (probe.count == PROBES || now - probed >= PROBE_MOST_MICROS) {
      probing = false;
      alone = probe.count == 0 ? alone : probe.mean();
      long back = now + (long) alone;
      beginInterval(back);
      queue.waited(true, back);
    }
  }

  private void beginInterval(long now) {
    intervalBegan = now;
    interval.clear();
  }

  private static final class Mean {
    private long count;
    private long sum;

    void add(long value) {
      count++;
      sum += value;
    }

    double mean() {
      return sum / (double) count;
    }

    void clear() {
      count = 0;
      sum = 0;
    }
  }
}
