package dev.ratelab.limiter.failure;

import java.util.concurrent.TimeUnit;

/**
 * What waits for a backend, and whether more should. While a {@linkplain StandingQueue queue stands}, as many may wait as the backend
 * answers in the time that it takes without a queue and twice {@link StandingQueue#TARGET_MICROS} (Little's law).
 *
 * <p>Nothing is known of the backend, so both are measured, in the way of BBR (Cardwell et al., 2016): how many it answers, unless there
 * was little to answer; how long it takes without a queue, whenever next to nobody waits. A queue that stands hides the latter, so now
 * and then only so few are let in for a moment, sooner if the bound is that low already: where the way or this process itself has become
 * slower, letting in less and less would shorten no wait. Thread-safe.
 */
final class BackendQueue {
  /** So few hardly make one another wait. */
  static final int FEW = 4;

  /** How long what was measured without a queue holds. */
  private static final long PROBE_EVERY_MICROS = TimeUnit.SECONDS.toMicros(10);

  /** The same where it leads to a bound that low. */
  private static final long PROBE_SOON_MICROS = TimeUnit.SECONDS.toMicros(1);

  private static final int LOW = 2 * FEW;

  private static final int PROBES = 8;

  /** Without answers there is nothing to be learnt. */
  private static final long PROBE_MOST_MICROS = TimeUnit.SECONDS.toMicros(1);

  /** The weight of one more wait in the mean. */
  private static final double WEIGHT = 1.0 / 8;

  private final StandingQueue queue = new StandingQueue();
  private final Mean probe = new Mean();
  private final Mean interval = new Mean();
  private boolean known;
  private double waitAlone;
  private double answersPerMicro;
  private boolean probing;
  private long probed;
  private long intervalBegan;
  private long latest = Long.MIN_VALUE;

  /** Whether what comes now should not wait, while so many others do. */
  boolean isFull(int others, long now) {
    return others >= FEW && isFullFor(others, now);
  }

  private synchronized boolean isFullFor(int others, long time) {
    long now = monotone(time);
    return probing ? now - probed < PROBE_MOST_MICROS : queue.stands(now) && others >= bound();
  }

  private double bound() {
    return answersPerMicro * (waitAlone + 2 * StandingQueue.TARGET_MICROS);
  }

  /** The caller's clock may be corrected, and one thread may come here after another that has looked at it later. */
  private long monotone(long time) {
    latest = Math.max(latest, time);
    return latest;
  }

  /** The backend has not answered by a deadline: that was too long, too. */
  synchronized void late(long time) {
    queue.waited(true, monotone(time));
  }

  /**
   * The backend has answered.
   *
   * @param others how many waited already when this one began to
   * @param wait in microseconds
   * @param time in microseconds
   */
  synchronized void answered(int others, long wait, long time) {
    long now = monotone(time);
    if (!known) {
      known = true;
      waitAlone = wait;
      probed = now - PROBE_EVERY_MICROS;
      intervalBegan = now;
    }
    if (probing) {
      probe(others, wait, now);
      return;
    }
    if (others < FEW && !queue.stands(now)) {
      waitAlone += WEIGHT * (wait - waitAlone);
    }
    if (now >= intervalBegan) {
      count(wait, now);
    }
    boolean tooLong = wait > waitAlone + StandingQueue.TARGET_MICROS;
    queue.waited(tooLong, now);
    if (!tooLong && others < FEW && now >= intervalBegan) {
      queue.gone(now);
    }
    long holds = bound() < LOW ? PROBE_SOON_MICROS : PROBE_EVERY_MICROS;
    if (queue.stands(now) && now - probed >= holds) {
      probing = true;
      probed = now;
      probe.clear();
    }
  }

  private void count(long wait, long now) {
    interval.add(wait);
    long length = now - intervalBegan;
    if (length < StandingQueue.PATIENCE_MICROS) {
      return;
    }
    // In a longer one there was nothing to answer for a while.
    if (length < 2 * StandingQueue.PATIENCE_MICROS) {
      answersPerMicro = interval.count / (double) length;
    }
    // Nobody is answered sooner in a queue.
    waitAlone = Math.min(waitAlone, interval.mean());
    beginInterval(now);
  }

  private void probe(int others, long wait, long now) {
    if (others < FEW) {
      probe.add(wait);
    }
    // What it keeps short for now is not over, and shows again only when it has come back.
    queue.waited(true, now);
    if (probe.count == PROBES || now - probed >= PROBE_MOST_MICROS) {
      probing = false;
      waitAlone = probe.count == 0 ? waitAlone : probe.mean();
      long back = now + (long) waitAlone;
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
