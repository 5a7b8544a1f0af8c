package dev.ratelab.bench.leases;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.leases.Instances.Sent;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.StoreBound;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * How far several instances were off together: the most that they admitted in any window beside the bound, and what they admitted at all
 * beside one central limiter in memory that is asked at the same instants. And how often they asked Redis for it.
 */
final class FleetError {
  private static final int POINTS = 40;

  private FleetError() {}

  /**
   * Writes what instances have shown.
   *
   * @param from since which instant of their clock is counted what they admitted beside the central limiter, in microseconds; all else is of
   *     the whole load
   * @throws IllegalStateException if they broke their bound
   */
  static void write(Run run, Series bare, Instances instances, long from) throws IOException {
    Policy policy = instances.policy();
    FleetBound bound = instances.bound();
    long window = policy.limit().windowMicros();
    List<Sent> sent = instances.answered();
    List<WorstWindow> keys =
        sent.stream()
            .filter(Sent::admitted)
            .collect(Collectors.groupingBy(Sent::key))
            .values()
            .stream()
            .map(WorstWindow::of)
            .toList();
    Series series;
    double ratio = 0;
    long inWindow = 0;
    long over = 0;
    try (CsvFile csv =
        run.results().csv(bare, "tau_us", "measured", "bound", "bound_without_lease")) {
      for (long tau : lengths(window)) {
        long most = keys.stream().mapToLong(key -> key.at(tau)).max().orElse(0);
        ratio = Math.max(ratio, (double) most / bound.at(tau));
        inWindow = tau == window ? most : inWindow;
        over = Math.max(over, most - bound.central(tau));
        csv.row(tau, most, bound.at(tau), bound.central(tau));
      }
      series = bare.raw(csv.raw());
    }
    run.results()
        .add(
            series.exact(Metric.MAX_IN_WINDOW, (double) inWindow, sent.size()),
            series.exact(Metric.BOUND_IN_WINDOW, (double) bound.at(window), 1),
            series.exact(Metric.WORST_RATIO, ratio, sent.size()),
            series.exact(Metric.OVER_PROMISE, (double) over, sent.size()),
            series.exact(
                Metric.EXCESS,
                Math.max(0, (double) inWindow / policy.limit().permits() - 1),
                sent.size()),
            series.exact(
                Metric.CALLS_PER_DECISION,
                (double) instances.scripts() / sent.size(),
                sent.size()));
    compared(run, series, instances, from);
    if (instances.borrowed() > 0) {
      long admitted = sent.stream().filter(Sent::admitted).count();
      double charged = admitted + instances.borrowed() - instances.admittedHere();
      run.results().add(series.exact(Metric.LAPSED, instances.lapsed() / charged, sent.size()));
    }
    long undecided = sent.stream().filter(Sent::undecided).count();
    run.results()
        .add(series.exact(Metric.UNANSWERED, (double) undecided / sent.size(), sent.size()));
    if (undecided > 0) {
      run.results()
          .warn(
              "leases_unanswered",
              "leases: Redis left requests without an answer for %s s; the metric 'unanswered' is their share, and they count as denied"
                  .formatted(Target.DEADLINE.toSeconds()));
    }
    if (ratio > 1) {
      throw new IllegalStateException(String.format(
          Locale.ROOT,
          "%s broke its bound: E(τ) was %.3f times it at least",
          bare.workload(),
          ratio));
    }
  }

  /** Of both kinds of spacing, the window among them. */
  private static long[] lengths(long window) {
    LongStream even = LongStream.rangeClosed(1, POINTS).map(i -> 2 * window * i / POINTS);
    LongStream wider = LongStream.range(0, POINTS)
        .map(i -> (long) StrictMath.pow((double) window, (double) i / POINTS));
    return LongStream.concat(even, wider).distinct().sorted().toArray();
  }

  /** What each key got, beside one central limiter asked at the same instants. */
  private static void compared(Run run, Series bare, Instances instances, long from)
      throws IOException {
    ScopedPolicy central = ScopedPolicy.perKey(instances.policy().withLease(null));
    AtomicLong clock = new AtomicLong();
    Map<String, long[]> keys = new TreeMap<>();
    try (RateLimiter limiter = RateLimiters.inMemory(clock::get, StoreBound.defaultKeys())) {
      for (Sent one : instances.answered()) {
        clock.set(one.at());
        boolean allowed = limiter.check(Request.of(central, one.key(), 1)).allowed();
        if (one.at() >= from) {
          long[] counts = keys.computeIfAbsent(one.key(), key -> new long[3]);
          counts[0]++;
          counts[1] += one.admitted() ? 1 : 0;
          counts[2] += allowed ? 1 : 0;
        }
      }
    }
    Series series;
    try (CsvFile csv = run.results().csv(bare, "key", "asked", "admitted", "central")) {
      for (Map.Entry<String, long[]> key : keys.entrySet()) {
        long[] counts = key.getValue();
        csv.row(key.getKey(), counts[0], counts[1], counts[2]);
      }
      series = bare.raw(csv.raw());
    }
    double all = sum(keys, counts -> counts[2]);
    int n = (int) sum(keys, counts -> counts[0]);
    run.results()
        .add(
            series.exact(Metric.ADMITTED, sum(keys, counts -> counts[1]) / n, n),
            series.exact(Metric.OVER_ADMITTED, sum(keys, c -> Math.max(0, c[1] - c[2])) / all, n),
            series.exact(Metric.UNDER_ADMITTED, sum(keys, c -> Math.max(0, c[2] - c[1])) / all, n));
  }

  private static double sum(Map<String, long[]> keys, ToLongFunction<long[]> count) {
    return keys.values().stream().mapToLong(count).sum();
  }
}
