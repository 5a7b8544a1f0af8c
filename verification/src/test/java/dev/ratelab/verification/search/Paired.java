package dev.ratelab.verification.search;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition;
import org.jspecify.annotations.Nullable;

/**
 * A limiter with an exact log beside it, as one transition. What its decision allows is what is counted: the cost that the
 * limiter denies and the log admits.
 *
 * @param limiter the limiter
 * @param log the log
 * @param ownHistory whether the log holds what the limiter admits, rather than what it would admit itself
 */
record Paired<S>(Transition<S> limiter, SlidingWindowLog log, boolean ownHistory)
    implements Transition<Paired.Both<S>> {
  /** A limiter's state and an exact log's, side by side. */
  record Both<S>(@Nullable S state, @Nullable Log log) {}

  /** So many times N hold whatever a limiter admits in a window, for these are the laxest: 2N, and B + N. */
  private static final long ROOM = 16;

  private static final Decision COUNTED = Decision.allow(1, 0, 0);
  private static final Decision NOT_COUNTED = Decision.deny(1, 0, 0, 0);

  /** Each lives its own life: the log admits and forgets as if there were no limiter. */
  static <S> Paired<S> each(Transition<S> limiter, Limit limit) {
    return new Paired<>(limiter, new SlidingWindowLog(limit.withBurst(limit.permits())), false);
  }

  /** The log only writes down what the limiter admits. */
  static <S> Paired<S> recording(Transition<S> limiter, Limit limit) {
    long room = room(limit);
    return new Paired<>(
        limiter, new SlidingWindowLog(new Limit(room, limit.windowMicros(), room)), true);
  }

  /** What the log that only writes down has room for. */
  static long room(Limit limit) {
    return ROOM * (limit.permits() + limit.burst());
  }

  @Override
  public Step<Both<S>> apply(@Nullable Both<S> state, long now, long cost) {
    S before = state == null ? null : state.state();
    Log logBefore = state == null ? null : state.log();
    Step<S> step = limiter.apply(before, now, cost);
    boolean allowed = step.decision().allowed();
    if (ownHistory && !allowed) {
      return new Step<>(state, NOT_COUNTED);
    }
    Step<Log> exact = log.apply(logBefore, now, cost);
    boolean counted = !allowed && exact.decision().allowed();
    return new Step<>(
        allowed || counted ? new Both<>(step.state(), exact.state()) : state,
        counted ? COUNTED : NOT_COUNTED);
  }

  @Override
  public long resetAt(Both<S> state) {
    S own = state.state();
    Log beside = state.log();
    return Math.max(
        own == null ? 0 : limiter.resetAt(own), beside == null ? 0 : log.resetAt(beside));
  }

  /** Without what has run out, be it the limiter's or the log's. */
  Both<S> live(Both<S> state, long now) {
    S own = state.state();
    Log beside = state.log();
    return new Both<>(
        own == null || limiter.resetAt(own) <= now ? null : own,
        beside == null || log.resetAt(beside) <= now ? null : beside);
  }
}
