package dev.ratelab.reports.baseline;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run against an older one, row by row.
 *
 * <p>A row has changed only if its two 95 % intervals have no value in common and the larger of its two values is more
 * than the threshold above the smaller: so a run and its baseline can be exchanged, and every worse becomes a better.
 * Each row is judged alone. Of many rows that did not change a few will look as if they had.
 *
 * @param rows what both measured, in the run's order
 * @param onlyInBaseline what the run lacks
 * @param onlyInRun what the baseline lacks
 */
public record Comparison(
    List<Row> rows, List<Measurement> onlyInBaseline, List<Measurement> onlyInRun) {

  /** What became of a row. */
  public enum Verdict {
    WORSE,
    BETTER,
    /** It changed, and neither direction is the better one. */
    CHANGED,
    SAME
  }

  /** One measurement in both. */
  public record Row(Measurement before, Measurement now, Verdict verdict) {
    /** The new value as a multiple of the old one: 1 if both are 0, infinite if only the old one is. */
    public double ratio() {
      return now.value() == before.value() ? 1 : now.value() / before.value();
    }
  }

  public Comparison {
    rows = List.copyOf(rows);
    onlyInBaseline = List.copyOf(onlyInBaseline);
    onlyInRun = List.copyOf(onlyInRun);
  }

  /**
   * Matches the rows of two runs by {@link Measurement#identity()}.
   *
   * @param threshold the least change that counts, as a share: 0.1 for 10 %
   */
  public static Comparison of(Results run, Results baseline, double threshold) {
    Map<Measurement.Identity, Measurement> before = new LinkedHashMap<>();
    baseline.measurements().forEach(m -> before.put(m.identity(), m));
    List<Row> rows = new ArrayList<>();
    List<Measurement> onlyInRun = new ArrayList<>();
    for (Measurement now : run.measurements()) {
      Measurement old = before.remove(now.identity());
      if (old == null) {
        onlyInRun.add(now);
      } else {
        rows.add(new Row(old, now, verdict(old, now, threshold)));
      }
    }
    return new Comparison(rows, List.copyOf(before.values()), onlyInRun);
  }

  /** How many rows have this verdict. */
  public long count(Verdict verdict) {
    return rows.stream().filter(row -> row.verdict() == verdict).count();
  }

  private static Verdict verdict(Measurement before, Measurement now, double threshold) {
    boolean apart = now.low() > before.high() || now.high() < before.low();
    double larger = Math.max(now.value(), before.value());
    double smaller = Math.min(now.value(), before.value());
    if (!apart || larger - smaller <= threshold * Math.abs(smaller)) {
      return Verdict.SAME;
    }
    boolean rose = now.value() > before.value();
    return switch (Better.of(now)) {
      case NEITHER -> Verdict.CHANGED;
      case HIGHER -> rose ? Verdict.BETTER : Verdict.WORSE;
      case LOWER -> rose ? Verdict.WORSE : Verdict.BETTER;
    };
  }
}
