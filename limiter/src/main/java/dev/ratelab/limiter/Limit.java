package dev.ratelab.limiter;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How much is admitted: {@code permits} per {@code window}, with a burst. One domain serves all algorithms, so that they
 * can be compared on the same limit; within it all arithmetic is exact, in Java's {@code long} and in Lua's doubles.
 *
 * @param permits N, the cost admitted per window, 1 to {@value #MAX_PERMITS}
 * @param windowMicros W, the window in microseconds, 1 to {@value #MAX_WINDOW_MICROS} (31 days)
 * @param burst B, the most cost that the bucket algorithms admit in one instant, 1 to {@value #MAX_PERMITS}; equal to
 *     {@code permits} unless set. The leaky bucket's queue is {@code burst - 1} deep, beside the one that is served
 * @param buckets k, the parts of the window that {@code sliding-window-buckets} counts apart, 1 to {@value #MAX_BUCKETS}; the
 *     window need not be a multiple of it
 */
public record Limit(long permits, long windowMicros, long burst, int buckets) {
  /** The largest N and B. Below 2<sup>30</sup>. */
  public static final long MAX_PERMITS = 1_000_000_000L;

  /** The most buckets: a decision adds them up, and a state holds them. */
  public static final int MAX_BUCKETS = 100;

  /** The buckets unless set. */
  public static final int DEFAULT_BUCKETS = 10;

  /** 31 days. Below 2<sup>42</sup>. */
  public static final long MAX_WINDOW_MICROS = 31L * 24 * 60 * 60 * 1_000_000;

  /** The largest permits·window and burst·window: three such products still add up within a {@code long}. */
  public static final long MAX_PRODUCT = 1L << 61;

  /** The longest time to refill the whole burst: 366 days, so that no instant in the state passes 2<sup>53</sup>. */
  public static final long MAX_BURST_MICROS = 366L * 24 * 60 * 60 * 1_000_000;

  /**
   * Checks the domain.
   *
   * @throws IllegalArgumentException if a value, permits·window, burst·window or the burst's refill time lies outside
   */
  public Limit {
    requireRange("permits", permits, MAX_PERMITS, "");
    requireRange("window", windowMicros, MAX_WINDOW_MICROS, " microseconds (31 days)");
    requireRange("burst", burst, MAX_PERMITS, "");
    requireRange("buckets", buckets, MAX_BUCKETS, "");
    requireProduct("permits", permits, windowMicros);
    requireProduct("burst", burst, windowMicros);
    if (-Math.floorDiv(-burst * windowMicros, permits) > MAX_BURST_MICROS) {
      throw new IllegalArgumentException(
          "a burst of %s takes more than 366 days to refill at %s per %s; accepted: at most 366 days"
              .formatted(burst, permits, text(windowMicros)));
    }
  }

  /** A limit with {@value #DEFAULT_BUCKETS} buckets. */
  public Limit(long permits, long windowMicros, long burst) {
    this(permits, windowMicros, burst, DEFAULT_BUCKETS);
  }

  /**
   * Permits per window, the burst equal to the permits.
   *
   * @throws IllegalArgumentException as the constructor, and for a window that is not a whole number of microseconds
   */
  public static Limit of(long permits, Duration window) {
    return new Limit(permits, micros("window", window), permits);
  }

  /** This limit with another burst. Only the bucket algorithms accept one. */
  public Limit withBurst(long newBurst) {
    return new Limit(permits, windowMicros, newBurst, buckets);
  }

  /** This limit with another number of buckets. Only {@code sliding-window-buckets} accepts one. */
  public Limit withBuckets(int newBuckets) {
    return new Limit(permits, windowMicros, burst, newBuckets);
  }

  /** {@link #windowMicros()} as a duration. */
  public Duration window() {
    return Duration.of(windowMicros, ChronoUnit.MICROS);
  }

  /** The largest cost that a single request may have: what is denied above it could never be admitted. */
  public long maxCost() {
    return Math.min(permits, burst);
  }

  static long micros(String name, Duration time) {
    if (time.isNegative()
        || time.isZero()
        || time.compareTo(Duration.of(MAX_WINDOW_MICROS, ChronoUnit.MICROS)) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: 1 microsecond to 31 days".formatted(name, DurationText.of(time)));
    }
    if (time.toNanos() % 1_000 != 0) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: whole microseconds".formatted(name, DurationText.of(time)));
    }
    return time.toNanos() / 1_000;
  }

  static void requireRange(String name, long value, long max, String unit) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: 1 to %s%s".formatted(name, value, max, unit));
    }
  }

  private static void requireProduct(String name, long value, long windowMicros) {
    if (value > MAX_PRODUCT / windowMicros) {
      throw new IllegalArgumentException(
          "%s is %s over a window of %s; their product in microseconds must not pass 2^61, so accepted: at most %s"
              .formatted(name, value, text(windowMicros), MAX_PRODUCT / windowMicros));
    }
  }

  private static String text(long micros) {
    return DurationText.of(Duration.of(micros, ChronoUnit.MICROS));
  }
}
