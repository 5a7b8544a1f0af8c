package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sliding window counter in k buckets a window: all that lie wholly in the window count in full, and the oldest by its overlap.
 * Bucket j begins at j·W/k since the epoch, which need not be a whole microsecond: with r = k·t mod W, the time since the newest
 * bucket began in 1/k of a microsecond, it admits iff {@code old·(W-r) + (rest+c)·W ≤ N·W}. E(τ) is N up to W - W/k and rises to
 * 2N over the next W/k; with k = 1 all is as in {@link SlidingWindowCounter}.
 */
public final class SlidingWindowBuckets implements Transition<SlidingWindowBuckets.Counts> {
  private static final long COUNTS_BYTES = 48;

  private final long permits;
  private final long window;
  private final int buckets;

  /**
   * What was admitted. Nobody changes the array.
   *
   * @param index the number since the epoch of the bucket that last admitted something
   * @param costs the cost admitted in it and in each of the k before it, newest first
   */
  // It is compared by its content below; a list of boxed numbers would be ten times as large.
  @SuppressWarnings("ArrayRecordComponent")
  public record Counts(long index, int[] costs) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Counts counts
          && index == counts.index
          && Arrays.equals(costs, counts.costs);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(index) + Arrays.hashCode(costs);
    }

    @Override
    public String toString() {
      return "Counts[index=%s, costs=%s]".formatted(index, Arrays.toString(costs));
    }
  }

  public SlidingWindowBuckets(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
    buckets = limit.buckets();
  }

  @Override
  public Step<Counts> apply(@Nullable Counts state, long now, long cost) {
    long position = now * buckets;
    long bucket = position / window;
    Counts at = roll(state, bucket);
    long rest = 0;
    for (int i = 0; i < buckets; i++) {
      rest += at.costs[i];
    }
    if (at.index > bucket) {
      return deny(state, at, now, cost, rest, 0);
    }
    long weighted = at.costs[buckets] * (window - position % window);
    if (weighted + (rest + cost) * window <= permits * window) {
      int[] costs = at.costs.clone();
      costs[0] += (int) cost;
      Counts next = new Counts(bucket, costs);
      long remaining = permits - used(weighted, rest) - cost;
      return new Step<>(next, Decision.allow(permits, remaining, resetAt(next) - now));
    }
    // Over only if the clock went back in the bucket, to where the weight is larger.
    return deny(state, at, now, cost, rest, Math.max(0, permits - used(weighted, rest)));
  }

  private long used(long weighted, long rest) {
    return rest - Math.floorDiv(-weighted, window);
  }

  private Step<Counts> deny(
      @Nullable Counts state, Counts at, long now, long cost, long rest, long remaining) {
    long reset = state == null ? now : resetAt(state);
    return new Step<>(
        state, Decision.deny(permits, remaining, retryAt(at, rest, cost) - now, reset - now));
  }

  /** The counts as the newest of two buckets sees them: this one, or the one that last admitted, if the clock went back. */
  private Counts roll(@Nullable Counts state, long bucket) {
    if (state == null || bucket - state.index > buckets) {
      return new Counts(bucket, new int[buckets + 1]);
    }
    if (state.index >= bucket) {
      return state;
    }
    int[] costs = new int[buckets + 1];
    int passed = (int) (bucket - state.index);
    System.arraycopy(state.costs, 0, costs, passed, costs.length - passed);
    return new Counts(bucket, costs);
  }

  /** The first instant, in this bucket or a later one, at which enough has left and the weight of the oldest has fallen far enough. */
  private long retryAt(Counts at, long rest, long cost) {
    long room = permits - cost - rest;
    int ahead = 0;
    while (room < 0) {
      ahead++;
      room += at.costs[buckets - ahead];
    }
    long oldest = at.costs[buckets - ahead];
    long elapsed = oldest <= room ? 0 : window - room * window / oldest;
    return firstAt(at.index + ahead, elapsed);
  }

  /** The first microsecond that is so far, in 1/k of one, in a bucket. */
  private long firstAt(long bucket, long elapsed) {
    return -Math.floorDiv(-(bucket * window + elapsed), buckets);
  }

  @Override
  public long resetAt(Counts state) {
    return firstAt(state.index + buckets + 1, 0);
  }

  @Override
  public long lifetimeMicros() {
    return firstAt(buckets + 1L, 0);
  }

  @Override
  public long bytes(Counts state) {
    return COUNTS_BYTES + (long) Integer.BYTES * buckets;
  }
}
