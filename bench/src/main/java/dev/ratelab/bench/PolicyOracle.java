package dev.ratelab.bench;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;

/** The oracle of what a limiter enforces; it shares nothing with the limiter by itself. */
public final class PolicyOracle {
  private PolicyOracle() {}

  /** Of an algorithm with a limit. */
  public static Oracle of(Algorithm algorithm, Limit limit) {
    return Oracle.of(
        algorithm.id(),
        new OracleRule(limit.permits(), limit.windowMicros(), limit.burst(), limit.buckets()));
  }
}
