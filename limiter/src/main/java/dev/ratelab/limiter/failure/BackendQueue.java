package dev.ratelab.limiter.failure;

import java.util.LongSummaryStatistics;
import java.util.concurrent.TimeUnit;

/**
 * What waits for a backend, and whether more should. While a {@linkplain StandingQueue queue stands}, as many may wait as the backend
 * answers in the time that it takes without a queue and twice {@link StandingQueue#TARGET_MICROS} (Little's law).
 *
 * <p>A batch takes longer than that by itself, and whoever comes behind it waits for all of it. So, as long as its deadline can be met,
 * a request may wait behind {@value #BATCHES} batches as large as the largest of late. A process that has just begun takes longer,
 * too, until its code is compiled: there, what can meet its deadline may wait.
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

  private static final int BATCHES = 3;

  /** By then the code is compiled. */
  static final int COLD_ANSWERS = 200_000;

  /** The same, if many wait all the time: a backend may be so slow that it does not answer that many. */
  private static final long COLD_MICROS = TimeUnit.SECONDS.toMicros(20);

  /** The same, if there is little to answer. */
  private static final long COLD_LONGEST_MICROS = TimeUnit.MINUTES.toMicros(5);

  /** Without answers there is nothing to be learnt. */
  private static final long PROBE_MOST_MICROS = TimeUnit.SECONDS.toMicros(1);

  /** The weight of one more wait in the mean. */
  private static final double WEIGHT = 1.0 / 8;

  private final int coldAnswers;
  private final StandingQueue queue = new StandingQueue();
  private LongSummaryStatistics probe = new LongSummaryStatistics();
  private LongSummaryStatistics interval = new LongSummaryStatistics();
  private boolean known;
  private long first;
  private int answers;
  private boolean crowded;
  private long crowdedMicros;
  private long idle;
  private long busy;
  private int batch;
  private long batchCame;
  private double waitAlone;
  private double answersPerMicro;
  private boolean probing;
  private long probed;
  private long intervalBegan;
  private long latest = Long.MIN_VALUE;

  /** Of a process that has just begun. */
  BackendQueue() {
    this(COLD_ANSWERS);
  }

  /** Of a process whose code is compiled after so many answers. */
  BackendQueue(int coldAnswers) {
    this.coldAnswers = coldAnswers;
  }

  /** A batch of so many comes. */
  synchronized void batch(int size, long time) {
    long now = monotone(time);
    if (size >= batch || now - batchCame > StandingQueue.PATIENCE_MICROS) {
      batch = size;
      batchCame = now;
    }
  }

  /** Whether the process has just begun: it is slow for a reason that passes. */
  synchronized boolean isCold() {
    return answers < coldAnswers && crowdedMicros < COLD_MICROS;
  }

  /** Whether what comes now should not wait. */
  boolean isFull(Ask ask) {
    return ask.ahead() >= FEW && isFullFor(ask);
  }

  private synchronized boolean isFullFor(Ask ask) {
    long now = monotone(ask.began());
    boolean inTime = ask.ahead() < answersPerMicro * inTime(ask);
    if (inTime && mayWait(ask, now)) {
      return false;
    }
    if (probing) {
      return now - probed < PROBE_MOST_MICROS;
    }
    // A batch can be too large by itself, though each time it has gone before the next one comes.
    boolean tooLarge = ask.mates() > 0 && !inTime && queue.stoodLately(now);
    return tooLarge || (queue.stands(now) && ask.ahead() >= bound());
  }

  /** Whether it may wait for as long as its deadline allows. */
  private boolean mayWait(Ask ask, long now) {
    return isCold()
        || (now - batchCame <= StandingQueue.PATIENCE_MICROS && ask.others() <= BATCHES * batch);
  }

  /** Some of the deadline is left, since the estimate is one. */
  private static long inTime(Ask ask) {
    return ask.deadline() * 3 / 4;
  }

  private double bound() {
    return answersPerMicro * (waitAlone + 2 * StandingQueue.TARGET_MICROS);
  }

  private boolean isTooLong(long wait, Ask ask) {
    long target = StandingQueue.TARGET_MICROS;
    return wait > waitAlone + (isCold() ? Math.max(target, inTime(ask) / 2) : target);
  }

  /** The caller's clock may be corrected, and one thread may come here after another that has looked at it later. */
  private long monotone(long time) {
    latest = Math.max(latest, time);
    return latest;
  }

  /** The backend has not answered by the deadline. That was too long, too, unless the deadline is shorter than what is not. */
  synchronized void late(Ask ask, long time) {
    if (isTooLong(ask.deadline(), ask)) {
      queue.waited(true, monotone(time));
    }
  }

  /**
   * The backend has answered.
   *
   * @param time in microseconds
   */
  synchronized void answered(Ask ask, long time) {
    long now = monotone(time);
    long wait = time - ask.began();
    boolean few = ask.ahead() < FEW;
    if (!known) {
      known = true;
      first = now;
      waitAlone = wait;
      probed = now - PROBE_EVERY_MICROS;
      intervalBegan = now;
    }
    answers = now - first > COLD_LONGEST_MICROS ? coldAnswers : Math.min(answers + 1, coldAnswers);
    if (probing) {
      probe(few, wait, now);
      return;
    }
    if (few && !queue.stands(now)) {
      waitAlone += WEIGHT * (wait - waitAlone);
    }
    if (now >= intervalBegan) {
      crowded |= !few;
      idle += ask.ahead() == 0 ? Math.max(0, ask.began() - busy) : 0;
      busy = now;
      count(wait, now);
    }
    boolean tooLong = isTooLong(wait, ask);
    queue.waited(tooLong, now);
    if (!tooLong && few && now >= intervalBegan) {
      queue.gone(now);
    }
    long holds = bound() < LOW ? PROBE_SOON_MICROS : PROBE_EVERY_MICROS;
    if (queue.stands(now) && now - probed >= holds) {
      probing = true;
      probed = now;
      probe = new LongSummaryStatistics();
    }
  }

  private void count(long wait, long now) {
    interval.accept(wait);
    long length = now - intervalBegan;
    if (length < StandingQueue.PATIENCE_MICROS) {
      return;
    }
    // In a longer one there was nothing to answer for a while.
    if (length < 2 * StandingQueue.PATIENCE_MICROS) {
      double rate = interval.getCount() / (double) length;
      // Otherwise it could have answered more.
      boolean enough = crowded && 2 * idle < length;
      answersPerMicro = enough ? rate : Math.max(answersPerMicro, rate);
      crowdedMicros += crowded ? length : 0;
    }
    // Nobody is answered sooner in a queue.
    waitAlone = Math.min(waitAlone, interval.getAverage());
    beginInterval(now);
  }

  private void probe(boolean few, long wait, long now) {
    if (few) {
      probe.accept(wait);
    }
    // What it keeps short for now is not over, and shows again only when it has come back.
    queue.waited(true, now);
    if (probe.getCount() == PROBES || now - probed >= PROBE_MOST_MICROS) {
      probing = false;
      waitAlone = probe.getCount() == 0 ? waitAlone : probe.getAverage();
      long back = now + (long) waitAlone;
      beginInterval(back);
      queue.waited(true, back);
    }
  }

  private void beginInterval(long now) {
    intervalBegan = now;
    crowded = false;
    idle = 0;
    busy = now;
    interval = new LongSummaryStatistics();
  }
}
