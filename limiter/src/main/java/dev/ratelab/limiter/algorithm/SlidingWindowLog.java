package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The exact sliding window: every admission within the last window, by its timestamp. Admits iff {@code A(t-W, t] + c ≤
 * N}. E(τ) = N·ceil(τ/W).
 *
 * <p>The log is a persistent queue of two lists (Hood and Melville 1981): the older entries oldest first, the newer ones
 * newest first. They become one list as soon as the second is the longer one. So an admission costs amortised constant
 * time; and a denial, which must leave the log as it was, looks at no more entries than the request has cost.
 */
public final class SlidingWindowLog implements Transition<SlidingWindowLog.Log> {
  private static final long LOG_BYTES = 64;
  private static final long ENTRY_BYTES = 32;

  private final long permits;
  private final long window;

  /**
   * What was admitted.
   *
   * @param front the oldest entries, oldest first
   * @param frontSize how many they are
   * @param back the entries after them, newest first, without the newest of all
   * @param backSize how many they are, never more than frontSize
   * @param newest the last instant at which something was admitted
   * @param newestCost the cost admitted at that instant
   * @param total the cost of all entries
   */
  public record Log(
      @Nullable Entry front,
      long frontSize,
      @Nullable Entry back,
      long backSize,
      long newest,
      long newestCost,
      long total) {
    private static Log empty(long newest) {
      return new Log(null, 0, null, 0, newest, 0, 0);
    }
  }

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
      return admit(Log.empty(now), now, cost);
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
    Entry front = live.front;
    Entry back = live.back;
    long frontSize = live.frontSize;
    long backSize = live.backSize;
    long newestCost = cost;
    if (live.newest == now) {
      newestCost += live.newestCost;
    } else if (live.total > 0) {
      back = new Entry(live.newest, live.newestCost, back);
      backSize++;
      if (backSize > frontSize) {
        front = reverse(reverse(front, null), reverse(back, null));
        frontSize += backSize;
        back = null;
        backSize = 0;
      }
    }
    return new Step<>(
        new Log(front, frontSize, back, backSize, now, newestCost, total),
        Decision.allow(permits, permits - total, window));
  }

  /** The log without what was admitted at the given instant or before. */
  private static Log dropUntil(Log log, long time) {
    if (log.newest <= time) {
      return Log.empty(log.newest);
    }
    Entry front = log.front;
    Entry back = log.back;
    long frontSize = log.frontSize;
    long backSize = log.backSize;
    long total = log.total;
    while (front != null && front.time <= time) {
      total -= front.cost;
      front = front.next;
      frontSize--;
      if (front == null) {
        front = reverse(back, null);
        frontSize = backSize;
        back = null;
        backSize = 0;
      }
    }
    return new Log(front, frontSize, back, backSize, log.newest, log.newestCost, total);
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
    for (Entry entry = reverse(log.back, null); entry != null; entry = entry.next) {
      freed += entry.cost;
      if (freed >= cost) {
        return entry.time + window;
      }
    }
    return log.newest + window;
  }

  /** A list turned round, with another one behind it. */
  private static @Nullable Entry reverse(@Nullable Entry list, @Nullable Entry behind) {
    Entry reversed = behind;
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

  @Override
  public long bytes(Log state) {
    return LOG_BYTES + ENTRY_BYTES * (state.frontSize + state.backSize);
  }
}
