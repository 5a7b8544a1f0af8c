package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import java.math.BigInteger;

/**
 * What a limiter is held to: an algorithm's arrival curve and its admissions, under a limit.
 *
 * @param unitMicros the unit in which the limiter's clock counts, in microseconds: instants that differ by less may be one to it
 */
public record Promise(Algorithm algorithm, Limit limit, long unitMicros) {
  /** What a clock that is read once a turn of an event loop may be behind. */
  private static final long CACHED_CLOCK = 1_000;

  /** Two clocks of one machine drift apart by no more than a thousandth: adjusted ones by half of that. */
  private static final long DRIFT = 1_000;

  /** By how much the limiter's clock may see another length than the tester's, for a length in microseconds. */
  long slack(long length) {
    return unitMicros + CACHED_CLOCK + length / DRIFT;
  }

  /** The most that may be admitted in so many microseconds, as the limiter's clock may see them. */
  public long most(long tau) {
    return oracle()
        .bound(Math.max(1, tau) + slack(tau))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  /** The most that an unused key admits at once. */
  public long capacity() {
    return algorithm.usesBurst() ? limit.burst() : limit.permits();
  }

  /** How long after its last admission a key is surely as new, in microseconds. */
  public long life() {
    long life = oracle().longestLife();
    return life + slack(life);
  }

  private Oracle oracle() {
    return Oracle.of(
        algorithm.id(),
        new OracleRule(limit.permits(), limit.windowMicros(), capacity(), limit.buckets()));
  }
}
