package dev.ratelab.limiter.algorithm;

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
    Evaluation evaluation = new Evaluation();
    evaluation.startWith(state);
    boolean allowed = decide(evaluation, now, cost);
    return new Step<>(
        allowed ? (Counts) evaluation.nextState() : state, evaluation.decision(permits));
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    Counts state = (Counts) evaluation.state();
    long position = now * buckets;
    long bucket = position / window;
    int passed = passed(state, bucket);
    long rest = 0;
    for (int i = 0; state != null && i < buckets - passed; i++) {
      rest += state.costs[i];
    }
    // What remains is taken as 0 where the clock went back to an earlier bucket.
    long newest = state == null ? bucket : Math.max(bucket, state.index);
    boolean back = newest > bucket;
    long weighted = cost(state, buckets, passed) * (window - (position - bucket * window));
    long used = rest - Math.floorDiv(-weighted, window);
    if (!back && weighted + (rest + cost) * window <= permits * window) {
      int[] costs = new int[buckets + 1];
      if (state != null && passed <= buckets) {
        System.arraycopy(state.costs, 0, costs, passed, costs.length - passed);
      }
      costs[0] += (int) cost;
      Counts next = new Counts(bucket, costs);
      return evaluation.allow(next, permits - used - cost, resetAt(next) - now);
    }
    // More is used than permitted if the clock went back in the bucket, to where the weight is
    // larger.
    long remaining = back ? 0 : Math.max(0, permits - used);
    long retryAt = retryAt(state, newest, passed, permits - cost - rest);
    return evaluation.deny(remaining, retryAt - now, (state == null ? now : resetAt(state)) - now);
  }

  /** How many buckets have begun since the newest count, k + 1 where none counts any more, and 0 if the clock went back. */
  private int passed(@Nullable Counts state, long bucket) {
    return state == null
        ? buckets + 1
        : (int) Math.max(0, Math.min(buckets + 1L, bucket - state.index));
  }

  /** The cost of bucket i before the newest, so many having passed since a state was made. */
  private static long cost(@Nullable Counts state, int i, int passed) {
    return state == null || i < passed ? 0 : state.costs[i - passed];
  }

  /** The first instant, in this bucket or a later one, at which enough has left and the weight of the oldest has fallen far enough. */
  private long retryAt(@Nullable Counts state, long newest, int passed, long free) {
    long room = free;
    int ahead = 0;
    while (room < 0) {
      ahead++;
      room += cost(state, buckets - ahead, passed);
    }
    long oldest = cost(state, buckets - ahead, passed);
    long elapsed = oldest <= room ? 0 : window - room * window / oldest;
    return firstAt(newest + ahead, elapsed);
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
  public long bytes(Counts state) {
    return COUNTS_BYTES + (long) Integer.BYTES * buckets;
  }
}
