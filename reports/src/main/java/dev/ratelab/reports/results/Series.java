package dev.ratelab.reports.results;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, without the number: the fields that the measurements of one run of one
 * experiment share. Start with {@link #of} and change what differs.
 *
 * <pre>{@code
 * Series series = Series.of("latency").algorithm("gcra").backend("redis", "jedis").workload("poisson");
 * directory.add(series.measured(Metric.P99, 412, 398, 431, 30_000));
 * }</pre>
 *
 * <p>The fields mean what they mean in {@link Measurement}.
 */
public record Series(
    String experiment,
    String algorithm,
    String backend,
    String client,
    String subject,
    String workload,
    int threads,
    @Nullable String raw) {

  /** Ratelab itself, on one thread, nothing else said yet. */
  public static Series of(String experiment) {
    String none = Measurement.NONE;
    return new Series(experiment, none, none, none, Measurement.RATELAB, none, 1, null);
  }

  public Series algorithm(String algorithm) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  /** A backend reached without a client, such as {@code memory}. */
  public Series backend(String backend) {
    return backend(backend, Measurement.NONE);
  }

  public Series backend(String backend, String client) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  public Series subject(String subject) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  public Series workload(String workload) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  public Series threads(int threads) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  /** Names the raw file of the measurements that follow, for example {@code raw/burst-gcra.csv}. */
  public Series raw(@Nullable String raw) {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  /**
   * A sampled number with its 95 % interval.
   *
   * @throws IllegalArgumentException if this experiment does not measure the metric, and as {@link Measurement} does
   */
  public Measurement measured(Metric metric, double value, double low, double high, long samples) {
    if (!metric.experiments().contains(experiment)) {
      throw new IllegalArgumentException("%s is a metric of %s, not of %s"
          .formatted(metric.id(), metric.experiments(), experiment));
    }
    return foreign(metric.id(), metric.unit().symbol(), value, low, high, samples);
  }

  /**
   * A number that was counted or computed: the same run would give it again.
   *
   * @throws IllegalArgumentException as {@link #measured}
   */
  public Measurement exact(Metric metric, double value, long samples) {
    return measured(metric, value, value, value, samples);
  }

  /**
   * A number that {@link Metric} does not list, such as a profiler's: shown and never judged.
   *
   * @throws IllegalArgumentException as {@link Measurement} does
   */
  public Measurement foreign(
      String metric, String unit, double value, double low, double high, long samples) {
    return measurement(metric, unit, value, low, high, samples, List.of());
  }

  Measurement measurement(
      String metric,
      String unit,
      double value,
      double low,
      double high,
      long samples,
      List<Ratio> ratios) {
    return new Measurement(
        experiment,
        algorithm,
        backend,
        client,
        subject,
        workload,
        threads,
        metric,
        unit,
        value,
        low,
        high,
        samples,
        raw,
        ratios);
  }
}
