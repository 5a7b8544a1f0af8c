package dev.ratelab.verification.generate;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Generated limits, each accepted, and their edges more often than by chance. */
final class ArbitraryLimits {
  private static final long SECOND = 1_000_000;
  private static final long DAY = 86_400 * SECOND;

  /** In a bucket the burst is at most so many times the limit: more only means more requests to spend it. */
  private static final long MOST_BURST = 8;

  private ArbitraryLimits() {}

  /** Without what has no meaning for the algorithm. */
  static Limit fit(Limit limit, Algorithm algorithm) {
    Limit fitted = algorithm.usesBurst() ? limit : limit.withBurst(limit.permits());
    return algorithm.usesBuckets() ? fitted : fitted.withBuckets(Limit.DEFAULT_BUCKETS);
  }

  /** From one permit per microsecond to the edge of the accepted domain. */
  static Arbitrary<Limit> any() {
    return Arbitraries.oneOf(tiny(), usual(), uniform(), largest(), round());
  }

  static Arbitrary<Limit> small() {
    return Arbitraries.oneOf(tiny(), usual());
  }

  /** Of hundreds of permits, for long histories. */
  static Arbitrary<Limit> ofHundreds() {
    return of(
        Arbitraries.longs().between(200, 600),
        Arbitraries.longs().between(1_000, SECOND),
        Arbitraries.just(0));
  }

  /** So small that instants, permits and edges keep meeting. */
  private static Arbitrary<Limit> tiny() {
    return of(Arbitraries.longs().between(1, 8), Arbitraries.longs().between(1, 20), bursts());
  }

  private static Arbitrary<Limit> usual() {
    return of(
        Arbitraries.of(1L, 2L, 3L, 5L, 7L, 10L, 60L, 100L, 1_000L, 5_000L),
        Arbitraries.of(1_000L, 10_000L, SECOND, 10 * SECOND, 60 * SECOND, DAY / 24, DAY, 30 * DAY),
        bursts());
  }

  private static Arbitrary<Limit> uniform() {
    return of(exponential(Limit.MAX_PERMITS), exponential(Limit.MAX_WINDOW_MICROS), bursts());
  }

  private static Arbitrary<Limit> largest() {
    return of(
        Arbitraries.of(Limit.MAX_PERMITS, Limit.MAX_PERMITS - 1, 999_999_937L, 860_932L, 860_931L),
        Arbitraries.of(
            Limit.MAX_WINDOW_MICROS, Limit.MAX_WINDOW_MICROS - 1, 30 * DAY, DAY + 1, 1L, 2L),
        bursts());
  }

  /** At powers of 1024, the scripts' base where a product takes more than a Lua number's bits. */
  private static Arbitrary<Limit> round() {
    return of(
        Arbitraries.of(1L << 10, 1L << 20, (1L << 20) + 1, (1L << 20) - 1),
        Arbitraries.of(1L << 30, 1L << 40, (1L << 40) + 1, (1L << 40) - 1),
        bursts());
  }

  private static Arbitrary<Limit> of(
      Arbitrary<Long> permits, Arbitrary<Long> windows, Arbitrary<Integer> bursts) {
    return Combinators.combine(permits, windows, bursts, buckets())
        .as((n, window, burst, k) -> fit(n, window, burst).withBuckets(k));
  }

  /** The nearest limit that is accepted. */
  private static Limit fit(long permits, long window, int burst) {
    long most = Math.min(Limit.MAX_PERMITS, Limit.MAX_PRODUCT / window);
    long fitted = Math.min(permits, most);
    long refill = BigInteger.valueOf(Limit.MAX_BURST_MICROS)
        .multiply(BigInteger.valueOf(fitted))
        .divide(BigInteger.valueOf(window))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
    // 0 is the limit itself, -1 to -100 are parts of it, the rest multiples and what lies between.
    long wanted = burst == 0 ? fitted : burst < 0 ? fitted * -burst / 100 : fitted * burst / 10;
    long limited = Math.min(Math.min(wanted, most), Math.min(refill, fitted * MOST_BURST));
    return new Limit(fitted, window, Math.max(1, limited));
  }

  private static Arbitrary<Integer> bursts() {
    return Arbitraries.oneOf(
        Arbitraries.just(0),
        Arbitraries.integers().between(-100, -1),
        Arbitraries.integers().between(1, (int) (10 * MOST_BURST)));
  }

  private static Arbitrary<Integer> buckets() {
    return Arbitraries.oneOf(
        Arbitraries.of(1, 2, 3, 10, Limit.MAX_BUCKETS),
        Arbitraries.integers().between(1, Limit.MAX_BUCKETS));
  }

  /** Every order of magnitude as likely as any other. */
  private static Arbitrary<Long> exponential(long most) {
    return Arbitraries.integers()
        .between(0, 63 - Long.numberOfLeadingZeros(most))
        .flatMap(bits -> Arbitraries.longs().between(1L << bits, Math.min(most, (2L << bits) - 1)));
  }
}
