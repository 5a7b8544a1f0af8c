package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;

/**
 * How many keys a store in memory may hold. A key takes the same room whatever its length, so a bound on keys is one on bytes.
 * A state that is an object, which only {@code sliding-window-log} and {@code sliding-window-buckets} have, counts as as many keys as take its room.
 */
public final class StoreBound {
  /** More than a key takes with a state of two numbers: 36, and 15 as its share of what a shard takes and of the room it has spare. */
  static final int BYTES_PER_KEY = 64;

  private StoreBound() {}

  /** The bound unless another is set: the keys that take a sixth of the heap. */
  public static long defaultKeys() {
    return Math.max(1, Runtime.getRuntime().maxMemory() / 6 / BYTES_PER_KEY);
  }

  /** The largest bound that is accepted: the keys that take half of the heap. */
  public static long mostKeys() {
    return 3 * defaultKeys();
  }

  /**
   * Checks a bound.
   *
   * @throws IllegalArgumentException if it is not 1 to {@link #mostKeys}
   */
  static void require(String name, long keys) {
    if (keys < 1 || keys > mostKeys()) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: 1 to %s, which take half of the heap of %s MiB"
              .formatted(name, keys, mostKeys(), Runtime.getRuntime().maxMemory() >> 20));
    }
  }

  /**
   * Checks that a store without another bound than {@link #defaultKeys} can hold what a key takes under a limit.
   *
   * @throws IllegalArgumentException if one log could be larger than the whole store, which would forget it again and again
   */
  public static void requireRoom(Algorithm algorithm, Limit limit) {
    requireRoom(algorithm, limit, defaultKeys());
  }

  static void requireRoom(Algorithm algorithm, Limit limit, long keys) {
    // No larger log weighs as much as the store.
    long bytes = Long.highestOneBit((keys - 1) * BYTES_PER_KEY);
    long most = SlidingWindowLog.mostPermits(bytes);
    // Admissions of one microsecond are one entry.
    if (algorithm == Algorithm.SLIDING_WINDOW_LOG
        && Math.min(limit.permits(), limit.windowMicros()) > most) {
      throw new IllegalArgumentException(
          "limit is %s; one log of it may not fit into memory, where the store takes a sixth of the heap of %s MiB; accepted for sliding-window-log: 1 to %s"
              .formatted(limit.permits(), Runtime.getRuntime().maxMemory() >> 20, most));
    }
  }

  /**
   * As how many keys one counts: by steps that double, so that a state that grows is seldom weighed anew.
   *
   * @param stateBytes what its state takes beside its place in a table
   */
  static int weight(long stateBytes) {
    if (stateBytes == 0) {
      return 1;
    }
    long room = Long.highestOneBit(stateBytes - 1) << 1;
    return (int) Math.min(Integer.MAX_VALUE, 1 - Math.floorDiv(-room, BYTES_PER_KEY));
  }
}
