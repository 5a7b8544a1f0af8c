package dev.ratelab.reports.results;

import java.util.Optional;

/**
 * One measurement over another, with its 95 % interval.
 *
 * @param to whom the other one measures: a peer's name, or the workload of a physical limit
 * @param value the ratio, finite and not negative
 */
public record Ratio(String to, double value, double low, double high) {
  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException if the name is blank, or {@code 0 ≤ low ≤ value ≤ high < ∞} does not hold
   */
  public Ratio {
    if (to.isBlank() || !(low >= 0 && low <= value && value <= high && high < 1 / 0.0)) {
      throw new IllegalArgumentException(
          "a ratio needs a name and 0 ≤ low ≤ value ≤ high, but has to=%s low=%s value=%s high=%s"
              .formatted(to, low, value, high));
    }
  }

  /**
   * The ratio as it was measured turn by turn; where it was not, that of the two values, with the widest interval that
   * theirs allow. Empty if the lower measurement may be zero, so that nothing can be said.
   */
  public static Optional<Ratio> of(Measurement upper, Measurement lower) {
    Optional<Ratio> paired = upper.ratioTo(name(lower));
    return paired.isPresent() || upper.low() < 0 || lower.low() <= 0
        ? paired
        : Optional.of(new Ratio(
            name(lower),
            upper.value() / lower.value(),
            upper.low() / lower.high(),
            upper.high() / lower.low()));
  }

  /**
   * Whether the run does not tell two measurements apart: by their ratio where it was measured turn by turn, else by the
   * intervals of their ratios to the same third, else by their own.
   */
  public static boolean meet(Measurement one, Measurement other) {
    return one.ratioTo(name(other))
        .map(ratio -> ratio.low <= 1 && 1 <= ratio.high)
        .orElseGet(() -> one.ratios().stream()
            .flatMap(mine -> other.ratioTo(mine.to).stream()
                .map(theirs -> mine.low <= theirs.high && theirs.low <= mine.high))
            .findFirst()
            .orElseGet(() -> one.low() <= other.high() && other.low() <= one.high()));
  }

  private static String name(Measurement m) {
    return m.subject().equals(Measurement.LIMIT) ? m.workload() : m.subject();
  }
}
