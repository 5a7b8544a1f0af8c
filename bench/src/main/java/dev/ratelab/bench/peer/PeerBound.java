package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.function.Function;

/**
 * What a peer promises to admit at most: the curve of the algorithm that it is an instance of.
 *
 * @param rule what it enforces, in that algorithm's terms, when it is asked for a limit of ours
 * @param unitMicros the unit in which its own clock counts: up to one of them may be missing from an interval's length
 */
record PeerBound(Function<Limit, OracleRule> rule, long unitMicros) {
  /** Of one that enforces the limit as it is. */
  static PeerBound ofLimit(long unitMicros) {
    return new PeerBound(
        limit -> new OracleRule(limit.permits(), limit.windowMicros(), limit.burst()), unitMicros);
  }
}
