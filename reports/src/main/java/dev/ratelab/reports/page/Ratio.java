package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.Optional;

/**
 * One measurement over another, with the widest interval that the two intervals allow.
 *
 * @param low the least that it can be
 * @param high the most that it can be
 */
record Ratio(double value, double low, double high) {

  /** Empty if the lower measurement may be zero, so that nothing can be said. */
  static Optional<Ratio> of(Measurement upper, Measurement lower) {
    return upper.low() < 0 || lower.low() <= 0
        ? Optional.empty()
        : Optional.of(new Ratio(
            upper.value() / lower.value(), upper.low() / lower.high(), upper.high() / lower.low()));
  }

  /** Whether the two intervals have a value in common, so that the run does not tell them apart. */
  static boolean meet(Measurement one, Measurement other) {
    return one.low() <= other.high() && other.low() <= one.high();
  }
}
