package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The exact sliding window: every admission within the last window, by its timestamp. Admits iff {@code A(t-W, t] + c ≤
 * N}. E(τ) = N·ceil(τ/W).
 *
 * <p>The log is a persistent queue of two lists (Hood and Melville 1981): the older entries oldest first, the newer ones
 * newest first, reversed once when the first list runs out. A check costs amortised constant time, except a denial that
 * must look beyond the first list.
 */
public final class SlidingWindowLog implements Transition<SlidingWindowLog.Log> {
  private final long permits;
  private final long window;

  /**
   * What was admitted.
   *
   * @param front the oldest entries, oldest first; empty only if back is
   * @param back the entries after them, newest first, without the newest of all
   * @param newest the last instant at which something was admitted
   * @param newestCost the cost admitted at that instant
   * @param total the cost of all entries
   */
  public record Log(
      @Nullable Entry front, @Nullable Entry back, long newest, long newestCost, long total) {}

  /**
   * The cost admitted at one instant, and the entries behind it in its list.
   *
   * @param time the instant in microseconds
   * @param cost the cost admitted then
   * @param next the rest of the list
   */
  public record Entry(long time, long cost, @Nullable Entry next) {}

  public SlidingWindowLog(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
  }

  @Override
  public Step<Log> apply(@Nullable Log state, long now, long cost) {
    if (state == null) {
      return admit(new Log(null, null, now, 0, 0), now, cost);
    }
    Log live = dropUntil(state, now - window);
    boolean clockBehind = state.newest > now;
    long over = live.total + cost - permits;
    if (over <= 0 && !clockBehind) {
      return admit(live, now, cost);
    }
    long retryAt = over <= 0 ? state.newest : Math.max(state.newest, freedAt(live, over));
    return new Step<>(
        state,
        Decision.deny(
            permits,
            clockBehind ? 0 : permits - live.total,
            retryAt - now,
            state.newest + window - now));
  }

  private Step<Log> admit(Log live, long now, long cost) {
    long total = live.total + cost;
    Log next;
    if (live.newest == now || live.total == 0) {
      next = new Log(live.front, live.back, now, live.newestCost + cost, total);
    } else if (live.front == null) {
      next = new Log(new Entry(live.newest, live.newestCost, null), null, now, cost, total);
    } else {
      Entry back = new Entry(live.newest, live.newestCost, live.back);
      next = new Log(live.front, back, now, cost, total);
    }
    return new Step<>(next, Decision.allow(permits, permits - total, window));
  }

  /** The log without what was admitted at the given instant or before. */
  private static Log dropUntil(Log log, long time) {
    if (log.newest <= time) {
      return new Log(null, null, log.newest, 0, 0);
    }
    Entry front = log.front;
    Entry back = log.back;
    long total = log.total;
    while (front != null && front.time <= time) {
      total -= front.cost;
      front = front.next;
      if (front == null) {
        front = reverse(back);
        back = null;
      }
    }
    return total == log.total ? log : new Log(front, back, log.newest, log.newestCost, total);
  }

  /** The instant at which at least the given cost has left the window. */
  private long freedAt(Log log, long cost) {
    long freed = 0;
    for (Entry entry = log.front; entry != null; entry = entry.next) {
      freed += entry.cost;
      if (freed >= cost) {
        return entry.time + window;
      }
    }
    for (Entry entry = reverse(log.back); entry != null; entry = entry.next) {
      freed += entry.cost;
      if (freed >= cost) {
        return entry.time + window;
      }
    }
    return log.newest + window;
  }

  private static @Nullable Entry reverse(@Nullable Entry list) {
    Entry reversed = null;
    for (Entry entry = list; entry != null; entry = entry.next) {
      reversed = new Entry(entry.time, entry.cost, reversed);
    }
    return reversed;
  }

  @Override
  public long resetAt(Log state) {
    return state.newest + window;
  }

  @Override
  public long lifetimeMicros() {
    return window;
  }
}
