package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which algorithm a limiter behaves like. */
public final class Behaviour {
  /** Those that are judged most narrowly first: what a log does, a fixed window may do too. GCRA and the leaky bucket admit as the token bucket. */
  private static final List<Algorithm> NARROWEST_FIRST = List.of(
      Algorithm.TOKEN_BUCKET,
      Algorithm.SLIDING_WINDOW_LOG,
      Algorithm.SLIDING_WINDOW_BUCKETS,
      Algorithm.SLIDING_WINDOW_COUNTER,
      Algorithm.FIXED_WINDOW);

  private static final Set<Fault> OF_ADMISSION = EnumSet.of(
      Fault.OVER_LIMIT,
      Fault.FORGETS_EARLY,
      Fault.TOO_STRICT,
      Fault.NO_RECOVERY,
      Fault.DENIED_IS_CHARGED);

  private Behaviour() {}

  /**
   * The algorithm whose curve it keeps to and that it is not too strict for.
   *
   * @param unitMicros as in {@link Promise}
   * @return empty if it is none of the seven, or was never seen to both admit and deny
   */
  public static Optional<Algorithm> of(Trial trial, Limit limit, long unitMicros) {
    if (!trial.reachedTheLimit()) {
      return Optional.empty();
    }
    return NARROWEST_FIRST.stream()
        .filter(algorithm -> Judgement.of(new Promise(algorithm, limit, unitMicros), trial).stream()
            .noneMatch(finding -> OF_ADMISSION.contains(finding.fault())))
        .findFirst();
  }
}
