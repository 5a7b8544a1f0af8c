package dev.ratelab.bench.load;

import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Something under load, and what it has shown so far. */
final class LoadMeasurement {
  /** The experiment that all these measurements belong to. */
  static final String EXPERIMENT = "http";

  private static final long SHORTEST_NANOS = 1_000_000;

  record Name(String id, String title, Series series) {}

  /** How it is loaded: by so many senders that wait in this way. */
  record Load(OpenLoop.Call call, int senders, Waiting waiting) {}

  private final Name name;
  private final LoadOptions options;
  private final Load load;
  private final LatencySample sample;
  private final List<SloSearch.Found> found = new ArrayList<>();
  private int loads;
  private int rounds;
  private long tried;

  LoadMeasurement(Name name, LoadOptions options, Load load) {
    this.name = name;
    this.options = options;
    this.load = load;
    sample = new LatencySample(options.lateNanos());
  }

  String title() {
    return name.title;
  }

  /**
   * Loads it without keeping what comes of it.
   *
   * @param length 0 for not at all
   */
  void warmUp(long seed, double rate, Duration length) throws InterruptedException {
    var unused = load(seed, rate, length);
  }

  void measure(long seed, double rate, Duration length) throws InterruptedException {
    // Counted apart from the trials of a search, whose number differs from server to server: all
    // get the same arrivals.
    long arrivals = Seeds.derive(seed, "http-measured", rounds++);
    long[] schedule = options.arrivals().nanos(arrivals, rate, length);
    sample.add(schedule, length.toNanos(), run(schedule));
  }

  /**
   * Searches the highest rate that holds the objective, from near what was found before.
   *
   * @param done the share of the experiment that lies behind
   */
  void search(Run run, Slo slo, double done) throws InterruptedException {
    double before = found.isEmpty() ? 0 : found.get(found.size() - 1).rate();
    double start = Math.max(1, before > 0 ? 0.8 * before : options.rate());
    found.add(SloSearch.find(start, options.highestRate(), rate -> {
      run.progress()
          .step(String.format(Locale.ROOT, "%s, %s at %,.0f/s?", name.title, slo, rate), done);
      Outcome outcome = load(run.seed(), rate, options.trial());
      tried += outcome.latencies().length;
      // A trial in which nothing arrived shows nothing.
      return outcome.latencies().length == 0 ? Slo.Verdict.MISSES : slo.verdict(outcome);
    }));
  }

  /** The mean of the rates found so far; 0 if there is none. */
  double foundRate() {
    return found.stream().mapToDouble(SloSearch.Found::rate).average().orElse(0);
  }

  private Outcome load(long seed, double rate, Duration length) throws InterruptedException {
    long arrivals = Seeds.derive(seed, "http-arrivals", loads++);
    return run(options.arrivals().nanos(arrivals, rate, length));
  }

  private Outcome run(long[] schedule) throws InterruptedException {
    return OpenLoop.run(schedule, load.senders, load.waiting, load.call);
  }

  void write(Run run) throws IOException, InterruptedException {
    int n = sample.count();
    Series series = name.series.threads(Math.max(load.senders, options.connections()));
    if (n > 0) {
      series = sample.write(run, series, hasRate());
      run.results()
          .add(
              series.exact(Metric.ERRORS, (double) sample.errors(), n),
              series.exact(Metric.TIMEOUTS, (double) sample.timeouts(), n));
      warn(run, n);
    }
    writeFound(run, series);
  }

  private boolean hasRate() {
    return options.duration().toNanos() >= SHORTEST_NANOS;
  }

  /**
   * Sees that there was something to measure.
   *
   * @throws IllegalStateException if not; the message is for people
   */
  void requireMeasured() {
    int n = sample.count();
    String milliseconds = BigDecimal.valueOf(options.duration().toNanos(), 6).toPlainString();
    if (n == 0 && tried == 0) {
      throw new IllegalStateException(
          "not one request was due to %s in %s ms, so nothing was measured; accepted: a higher rate or a longer duration"
              .formatted(name.title, milliseconds));
    }
    if (n > 0 && !hasRate()) {
      throw new IllegalStateException(
          "the requests to %s were due within %s ms, too short for a rate; accepted: arrivals over 1 ms and more"
              .formatted(name.title, milliseconds));
    }
    if (n > 0 && sample.failed() == n) {
      throw new IllegalStateException(
          "not one request to %s got a proper answer".formatted(name.title));
    }
  }

  private void writeFound(Run run, Series series) throws IOException {
    if (found.isEmpty()) {
      return;
    }
    double[] rates = found.stream().mapToDouble(SloSearch.Found::rate).toArray();
    if (rates.length == 1) {
      // One search gives no interval but what it tried: this rate held, and the next one did not.
      double failed = found.get(0).failedAt();
      double high = Double.isFinite(failed) ? failed : rates[0] * (1 + SloSearch.RESOLUTION);
      run.results()
          .add(series.measured(Metric.SLO_RATE, rates[0], rates[0], Math.max(rates[0], high), 1));
    } else {
      Interval interval = Interval.ofMean(rates);
      run.results()
          .add(series.measured(
              Metric.SLO_RATE, interval.mean(), interval.low(), interval.high(), rates.length));
    }
    if (found.stream().anyMatch(SloSearch.Found::lowerBound)) {
      warning(
          run,
          "bound",
          "the load generator is the bottleneck: above the rate reported for %s it sent too much too late, so that rate is a lower bound; %s might do more"
              .formatted(name.title, name.title));
    }
    Slo slo = options.slo();
    double requests = foundRate() * options.trial().toNanos() / 1e9;
    if (slo != null && foundRate() > 0 && requests * (100 - slo.percent()) < 100) {
      warning(
          run,
          "few",
          String.format(
              Locale.ROOT,
              "a trial at the rate found for %s had about %.0f requests, too few for a p%s: a longer duration makes longer trials",
              name.title,
              requests,
              BigDecimal.valueOf(slo.percent()).stripTrailingZeros().toPlainString()));
    }
    if (foundRate() == 0) {
      warning(run, "slo", "no rate holds %s for %s".formatted(options.slo(), name.title));
    }
  }

  private void warn(Run run, int n) throws IOException, InterruptedException {
    if (sample.failed() > 0) {
      String what = load.call.problems().entrySet().stream()
          .map(problem -> "%s x %s".formatted(problem.getValue(), problem.getKey()))
          .collect(Collectors.joining("; "));
      warning(
          run,
          "failed",
          "%s of %s requests to %s got no proper answer; their latency counts until that was known%s"
              .formatted(
                  sample.failed(),
                  n,
                  name.title,
                  what.isEmpty() ? "" : " (over all loads: " + what + ")"));
    }
    if (sample.lateShare() > Slo.MOST_LATE) {
      warning(
          run,
          "late",
          String.format(
              Locale.ROOT,
              "the load generator is the bottleneck: it sent %.1f %% of the requests to %s over %s ms late, so part of their latency is its own",
              100 * sample.lateShare(),
              name.title,
              options.lateNanos() / 1e6));
    }
  }

  private void warning(Run run, String kind, String sentence) throws IOException {
    run.results().warn("%s_%s_%s".formatted(EXPERIMENT, kind, name.id), sentence);
  }
}
