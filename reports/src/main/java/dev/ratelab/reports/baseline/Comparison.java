package dev.ratelab.reports.baseline;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Metric.Better;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * A run against an older one, row by row.
 *
 * <p>What both runs measured turn by turn beside the same physical limit is compared as a share of it.
 *
 * <p>A row has changed only if the step is {@linkplain Change significant} among all rows at once ({@value
 * #SIGNIFICANCE} after Benjamini and Hochberg) and the larger of its two values is more than the threshold above the
 * smaller: so a run and its baseline can be exchanged, and every worse becomes a better. Exact numbers need no test.
 *
 * @param rows what both measured, in the run's order
 */
public record Comparison(
    List<Row> rows, List<Measurement> onlyInBaseline, List<Measurement> onlyInRun) {

  /** The share of rows called changed by chance that is put up with. */
  public static final double SIGNIFICANCE = 0.05;

  private static final String REAL_CLOCK = "-real-clock";

  /** What became of a row. */
  public enum Verdict {
    WORSE,
    BETTER,
    /** It changed, and neither direction is the better one. */
    CHANGED,
    SAME
  }

  /**
   * One measurement in both.
   *
   * @param limit the physical limit whose shares are compared, empty where the values are
   * @param p {@link Change#p()}, adjusted for the number of rows
   */
  public record Row(
      Measurement before, Measurement now, String limit, Change change, double p, Verdict verdict) {
    /** Whether no chance is in it. */
    public boolean exact() {
      return before.exact() && now.exact();
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
    List<Row> matched = new ArrayList<>();
    List<Measurement> onlyInRun = new ArrayList<>();
    Set<String> limits = run.measurements().stream()
        .filter(m -> m.subject().equals(Measurement.LIMIT))
        .map(Measurement::workload)
        .collect(Collectors.toSet());
    for (Measurement now : run.measurements()) {
      Measurement old = before.remove(now.identity());
      if (old == null) {
        onlyInRun.add(now);
      } else {
        String limit = now.ratios().stream()
            .map(Ratio::to)
            .filter(to -> limits.contains(to) && old.ratioTo(to).isPresent())
            .findFirst()
            .orElse("");
        Change change = Change.of(share(old, limit), share(now, limit));
        matched.add(new Row(old, now, limit, change, change.p(), Verdict.SAME));
      }
    }
    return new Comparison(judge(matched, threshold), List.copyOf(before.values()), onlyInRun);
  }

  // Exact rows take no part in the adjustment: they are not tests, and their number says nothing
  // about chance.
  private static List<Row> judge(List<Row> matched, double threshold) {
    double[] adjusted = adjusted(
        matched.stream().filter(row -> !row.exact()).mapToDouble(Row::p).toArray());
    List<Row> rows = new ArrayList<>();
    int sampled = 0;
    for (Row row : matched) {
      double p = row.exact() ? row.p() : adjusted[sampled++];
      Verdict verdict =
          verdict(share(row.before, row.limit), share(row.now, row.limit), p, threshold);
      rows.add(new Row(row.before, row.now, row.limit, row.change, p, verdict));
    }
    return rows;
  }

  /**
   * Makes many tests at once honest: of a hundred rows that did not change, five have p below 0.05. The step-up procedure
   * of Benjamini and Hochberg ("Controlling the false discovery rate", JRSS B 57, 1995): of m values the i-th smallest is
   * times m / i, and no larger than a later one. Of all rows called changed at 0.05, at most 5 % are expected not to have.
   */
  static double[] adjusted(double... p) {
    List<Integer> largestFirst = IntStream.range(0, p.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> p[i]).reversed())
        .toList();
    double[] adjusted = new double[p.length];
    double least = 1;
    for (int rank = p.length; rank >= 1; rank--) {
      int i = largestFirst.get(p.length - rank);
      least = Math.min(least, p[i] * p.length / rank);
      adjusted[i] = least;
    }
    return adjusted;
  }

  /** A row as its share of a physical limit, which leaves the machine out; as it is without one. */
  private static Measurement share(Measurement m, String limit) {
    return m.ratioTo(limit)
        .map(ratio -> m.series()
            .foreign(m.metric(), m.unit(), ratio.value(), ratio.low(), ratio.high(), m.samples()))
        .orElse(m);
  }

  /**
   * How far the machine itself moved: the median ratio of a metric of the physical limits, which no change of Ratelab
   * touches. Empty if the runs share no such row.
   */
  public OptionalDouble machine(String experiment, Metric metric) {
    double[] ratios = rows.stream()
        .filter(row -> row.now.subject().equals(Measurement.LIMIT))
        .filter(row -> row.now.experiment().equals(experiment) && metric.is(row.now))
        .mapToDouble(row -> row.change.ratio())
        .toArray();
    return ratios.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Median.withDefaults().evaluate(ratios));
  }

  /** How many rows have this verdict. */
  public long count(Verdict verdict) {
    return rows.stream().filter(row -> row.verdict() == verdict).count();
  }

  // A peer or a physical limit says something about the machine only, and how near an attacker came
  // on the real clock says nothing about the limiter.
  private static Better better(Measurement row) {
    return row.subject().equals(Measurement.RATELAB) && !row.workload().endsWith(REAL_CLOCK)
        ? Metric.of(row).map(Metric::better).orElse(Better.NEITHER)
        : Better.NEITHER;
  }

  private static Verdict verdict(Measurement before, Measurement now, double p, double threshold) {
    double larger = Math.max(now.value(), before.value());
    double smaller = Math.min(now.value(), before.value());
    if (p > SIGNIFICANCE || larger - smaller <= threshold * Math.abs(smaller)) {
      return Verdict.SAME;
    }
    boolean rose = now.value() > before.value();
    return switch (better(now)) {
      case NEITHER -> Verdict.CHANGED;
      case HIGHER -> rose ? Verdict.BETTER : Verdict.WORSE;
      case LOWER -> rose ? Verdict.WORSE : Verdict.BETTER;
    };
  }
}
