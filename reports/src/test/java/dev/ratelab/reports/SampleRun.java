package dev.ratelab.reports;

import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.HdrHistogram.Histogram;

/**
 * Writes a run of the size and shape of a real one, with made-up numbers: every experiment, every
 * algorithm, three places.
 */
public final class SampleRun {
  public static final List<String> ALGORITHMS = List.of(
      "fixed-window",
      "sliding-window-counter",
      "sliding-window-log",
      "token-bucket",
      "gcra",
      "leaky-bucket");

  private static final String COUNTEREXAMPLE = """
      {"schema": 1, "message": "2: the estimate with its cost is over the limit",
      "decisions": [
      {"at_us": 1700000000000005, "cost": 3, "allowed": true},
      {"at_us": 1700000000000007, "cost": 2, "allowed": false},
      {"at_us": 1700000000000014, "cost": 1, "allowed": true}],
      "series": [
      {"name": "estimate", "points": [{"at_us": 1700000000000005, "value": 3}, {"at_us": 1700000000000014, "value": 2.4}]},
      {"name": "truth", "points": [{"at_us": 1700000000000005, "value": 3}, {"at_us": 1700000000000014, "value": 4}]}]}
      """;

  private static final int LIMIT = 100;
  private static final long WINDOW = 1_000_000;

  private final ResultsDirectory directory;
  private final Random random;

  private SampleRun(ResultsDirectory directory, long seed) {
    this.directory = directory;
    this.random = new Random(seed);
  }

  /** All experiments. */
  public static Path write(Path path) throws IOException {
    return write(path, 1, true);
  }

  /** All experiments, Redis only on request. */
  public static Path write(Path path, long seed, boolean redis) throws IOException {
    ResultsDirectory directory = directory(path, redis);
    SampleRun run = new SampleRun(directory, seed);
    for (String place : redis ? List.of("none", "lettuce", "jedis") : List.of("none")) {
      run.throughput(place);
      run.latency(place);
      run.memory(place);
    }
    run.burst();
    run.accuracy();
    if (redis) {
      run.redisCost();
      run.cluster();
      run.leases();
      run.scaling();
      run.http();
      run.simulation();
    }
    run.verification();
    return path;
  }

  /** A run that has begun and measured nothing yet. */
  public static ResultsDirectory directory(Path path, boolean redis) throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    Map<String, String> parameters = new LinkedHashMap<>();
    put(environment, "date: 2026-01-31T12:00:00Z, version: 0.1.0, os: Linux 6.1");
    put(environment, "cpu: Sample CPU @ 2.8 GHz, cores: 2, jvm: OpenJDK 17.0.12");
    if (redis) {
      put(environment, "redis: Redis 7.2.4");
    }
    put(parameters, "profile: quick, seed: 1, limit: %s, window_us: %s".formatted(LIMIT, WINDOW));
    put(parameters, "simulation.instances: 1000, simulation.exact_keys: 1000000");
    ResultsDirectory directory = ResultsDirectory.create(path, environment, parameters);
    directory.note(List.of(
        Notice.peer("Bucket4j", "8.14.0"),
        Notice.peer("Resilience4j", "2.3.0"),
        Notice.absent("redis-cell", "this Redis loads no modules"),
        Notice.warning("cores", "Only 2 cores: load generator, Redis and limiter share them.")));
    return directory;
  }

  private static void put(Map<String, String> facts, String text) {
    for (String fact : text.split(", ", -1)) {
      facts.put(fact.substring(0, fact.indexOf(':')), fact.substring(fact.indexOf(' ') + 1));
    }
  }

  private static Series at(String experiment, String client) {
    Series series = Series.of(experiment);
    return client.equals("none") ? series.backend("memory") : series.backend("redis", client);
  }

  private void cluster() throws IOException {
    for (String way : List.of("calls-many-keys", "leases-one-key")) {
      for (String size :
          List.of("1-primaries", "3-primaries", "3-primaries-with-replicas", "6-primaries")) {
        Series series = Series.of("cluster")
            .algorithm("gcra")
            .backend("redis-cluster", "lettuce")
            .workload(way + "-" + size);
        double busiest = 14.0 / Character.digit(size.charAt(0), 10);
        directory.add(
            series.measured(Metric.OPERATIONS, 4e4, 3.8e4, 4.2e4, 10),
            series.measured(Metric.CPU_PER_DECISION, 15, 14, 16, 10),
            series.measured(Metric.BUSIEST_NODE_CPU, busiest, 0.9 * busiest, 1.1 * busiest, 10),
            series.measured(Metric.CALLER_CPU, 9, 8, 10, 10),
            series.measured(Metric.SCRIPTS_PER_DECISION, 1, 1, 1, 10),
            series.measured(
                Metric.BUSIEST_NODE_SHARE, busiest / 14, busiest / 15, busiest / 13, 10));
      }
    }
  }

  private void leases() throws IOException {
    for (String load : List.of("one-hot-key-admitted", "zipf-0.99-denied")) {
      double memory = load.startsWith("one") ? 2.4e7 : 1.1e7;
      Series alone = Series.of("leases").algorithm("gcra").workload(load).threads(2);
      directory.add(
          alone.backend("memory").measured(Metric.OPERATIONS, memory, memory, memory * 1.1, 12),
          alone.backend("redis", "jedis").measured(Metric.OPERATIONS, 3e4, 2.8e4, 3.3e4, 12));
      for (int block : List.of(1, 10, 100, 1_000)) {
        for (int millis : block == 100 ? List.of(100, 1_000, 10_000) : List.of(1_000)) {
          double value = Math.min(memory * 0.6, 3e4 * block);
          Series leased = alone
              .backend("redis", "lettuce")
              .workload("%s-lease-%s-for-%sms".formatted(load, block, millis));
          directory.add(leased
              .measured(Metric.OPERATIONS, value, value * 0.9, value * 1.1, 12)
              .withRatios(List.of(
                  new Ratio("memory", value / memory, 0.9 * value / memory, value / memory),
                  new Ratio("call-a-decision", value / 3e4, 0.9 * value / 3e4, value / 3e4))));
          directory.add(leased.exact(Metric.CALLS_PER_DECISION, 1.0 / block, 12));
        }
      }
    }
    for (String load : List.of("poisson-one-hot-key-denied", "bursts-one-hot-key")) {
      for (int block : List.of(0, 1, 10, 100, 1_000)) {
        Series series = Series.of("leases")
            .algorithm("gcra")
            .backend("redis", "lettuce")
            .workload(block == 0 ? load : "%s-lease-%s-for-1000ms".formatted(load, block));
        directory.add(
            series.exact(Metric.CALLS_PER_DECISION, 1 / (1 + 0.4 * block), 12_000),
            series.exact(Metric.UNDER_ADMITTED, block / 9_000.0, 12_000),
            series.exact(Metric.EXCESS, 0.9 + block / 1_500.0, 12_000),
            series.exact(Metric.MAX_IN_WINDOW, 1_900 + block / 1.5, 12_000),
            series.exact(Metric.BOUND_IN_WINDOW, Math.min(3_000, 2_000 + 4 * block), 1));
        for (String algorithm : ALGORITHMS) {
          Series simulated = series.algorithm(algorithm).backend("simulated");
          directory.add(
              simulated.exact(Metric.CALLS_PER_DECISION, 1 / (1 + 0.4 * block), 12_000),
              simulated.exact(Metric.UNDER_ADMITTED, block / 9_000.0, 12_000),
              simulated.exact(Metric.EXCESS, 0.9 + block / 1_500.0, 12_000));
        }
      }
    }
  }

  private void throughput(String client) throws IOException {
    boolean memory = client.equals("none");
    double base = memory ? 9e6 : client.equals("lettuce") ? 61_000 : 33_000;
    for (String workload : List.of("uniform", "zipf-0.99", "one-hot-key")) {
      double skew = workload.equals("one-hot-key") ? 0.8 : 1;
      for (int threads : List.of(1, 2, 4)) {
        double all = base * skew * (threads == 1 ? 0.58 : threads == 2 ? 1 : 1.08);
        int rank = 0;
        for (String algorithm : ALGORITHMS) {
          double price = algorithm.equals("sliding-window-log") ? 0.55 : 1 - 0.02 * rank++;
          double value = all * price * (1 + 0.01 * random.nextGaussian());
          Series series =
              at("throughput", client).algorithm(algorithm).workload(workload).threads(threads);
          directory.add(series.measured(Metric.OPERATIONS, value, value * 0.93, value * 1.06, 12));
          if (memory) {
            directory.add(series.measured(Metric.BYTES_PER_DECISION, 24 + rank, 24, 31, 12));
          }
          if (!client.equals("lettuce")
              && List.of("token-bucket", "sliding-window-log").contains(algorithm)) {
            String peer = algorithm.equals("token-bucket") ? "Bucket4j" : "Resilience4j";
            double theirs = value * (algorithm.equals("token-bucket") ? 0.48 : 0.97);
            directory.add(series
                .subject(peer)
                .measured(Metric.OPERATIONS, theirs, theirs * 0.95, theirs * 1.04, 12));
          }
        }
      }
    }
    for (String limit : memory ? List.of("clock-read") : List.of("ping", "no-op-evalsha")) {
      for (int threads : List.of(1, 2, 4)) {
        double value = base
            * (memory ? 4.2 : limit.equals("ping") ? 1.5 : 1.17)
            * (threads == 1 ? 0.6 : threads == 2 ? 1 : 1.1);
        directory.add(at("throughput", client)
            .subject(Measurement.LIMIT)
            .workload(limit)
            .threads(threads)
            .measured(Metric.OPERATIONS, value, value * 0.97, value * 1.02, 12));
      }
    }
  }

  private void latency(String client) throws IOException {
    boolean memory = client.equals("none");
    int rank = 0;
    for (String algorithm : ALGORITHMS) {
      spectrum(
          at("latency", client).algorithm(algorithm).workload("poisson"),
          (memory ? 400 : client.equals("lettuce") ? 110_000 : 82_000) * (1 + 0.08 * rank++));
    }
    for (String limit : memory ? List.of("clock-read") : List.of("ping", "no-op-evalsha")) {
      spectrum(
          at("latency", client).subject(Measurement.LIMIT).workload(limit),
          memory ? 60 : limit.equals("ping") ? 55_000 : 70_000);
    }
  }

  private void spectrum(Series series, double medianNanos) throws IOException {
    Histogram histogram = new Histogram(60_000_000_000L, 3);
    int samples = 30_000;
    for (int i = 0; i < samples; i++) {
      double tail = random.nextDouble() < 0.004 ? 12 * random.nextDouble() : 0;
      histogram.recordValue(
          Math.max(1, (long) (medianNanos * Math.exp(0.25 * random.nextGaussian()) * (1 + tail))));
    }
    Series measured = directory.histogram(series, List.of(histogram), 1000);
    for (Metric percentile : Metric.PERCENTILES) {
      double percent = Double.parseDouble(percentile.id().substring(1));
      double value = histogram.getValueAtPercentile(percent) / 1000.0;
      directory.add(measured.measured(percentile, value, value * 0.9, value * 1.15, samples));
    }
    directory.add(
        measured.exact(Metric.MAX, histogram.getMaxValue() / 1000.0, samples),
        measured.exact(Metric.RATE, 5000, samples),
        measured.measured(Metric.COMPLETED, 4998.72341, 4990.1, 5003.9, samples),
        measured.exact(Metric.LATE, 0.0004, samples));
  }

  private void memory(String client) throws IOException {
    if (client.equals("jedis")) {
      return;
    }
    int[] bytes = client.equals("none")
        ? new int[] {136, 144, 912, 136, 128, 128}
        : new int[] {112, 168, 1744, 144, 104, 104};
    for (int i = 0; i < bytes.length; i++) {
      directory.add(at("memory", client)
          .algorithm(ALGORITHMS.get(i))
          .measured(Metric.BYTES_PER_KEY, bytes[i], bytes[i] - 3.3, bytes[i] + 4.1, 5));
    }
  }

  private void redisCost() throws IOException {
    for (String client : List.of("lettuce", "jedis")) {
      for (String workload : List.of("fresh", "admitted", "denied")) {
        int rank = 0;
        for (String algorithm : ALGORITHMS) {
          double cost = (algorithm.equals("sliding-window-log") ? 31 : 11 + rank++)
              * (workload.equals("denied") ? 0.7 : 1);
          Series series = at("redis-cost", client).algorithm(algorithm).workload(workload);
          directory.add(
              series.measured(Metric.SCRIPT_TIME, cost * 0.6, cost * 0.57, cost * 0.62, 5),
              series.measured(Metric.CPU_PER_DECISION, cost, cost * 0.96, cost * 1.03, 5),
              series.exact(Metric.COMMANDS_PER_DECISION, rank % 3 + 2, 10_000),
              series.foreign(
                  "net-in-per-decision", "B", 143 + rank, 143 + rank, 143 + rank, 10_000));
        }
        Series noop = at("redis-cost", client).subject(Measurement.LIMIT).workload("no-op-evalsha");
        if (workload.equals("admitted")) {
          directory.add(noop.measured(Metric.CPU_PER_DECISION, 7.1, 6.9, 7.4, 5));
        }
      }
    }
  }

  private void scaling() throws IOException {
    for (String client : List.of("none", "lettuce")) {
      double base = client.equals("none") ? 9e6 : 61_000;
      for (String algorithm : ALGORITHMS) {
        Series series = at("scaling", client).algorithm(algorithm);
        for (int threads : List.of(1, 2, 3, 4)) {
          double value = base * Math.sqrt(threads) * (1 + 0.02 * random.nextGaussian());
          directory.add(series
              .workload("zipf-0.99")
              .threads(threads)
              .measured(Metric.OPERATIONS, value, value * 0.96, value * 1.04, 5));
        }
        for (int keys : List.of(1, 1_000, 100_000, 1_000_000)) {
          double value = base / (1 + Math.log10(keys) / 8) * (1 + 0.02 * random.nextGaussian());
          directory.add(series
              .workload("keys-" + keys)
              .measured(Metric.OPERATIONS, value, value * 0.96, value * 1.04, 5));
        }
      }
    }
  }

  private void http() throws IOException {
    for (String client : List.of("none", "lettuce", "jedis")) {
      double median = client.equals("none") ? 90_000 : 210_000;
      Series ours = at("http", client).algorithm("gcra").workload("poisson");
      spectrum(ours, median);
      directory.add(
          ours.exact(Metric.ERRORS, 0, 30_000),
          ours.measured(Metric.SLO_RATE, 2.4e9 / median, 2.2e9 / median, 2.6e9 / median, 3));
    }
    Series others = Series.of("http").workload("poisson");
    Series nginx = others.subject("nginx").backend("memory");
    Series express = others.subject("express-rate-limiter-flexible").backend("redis");
    directory.add(
        nginx.measured(Metric.SLO_RATE, 21_000, 20_000, 22_000, 3),
        express.measured(Metric.SLO_RATE, 1_900, 1_800, 2_000, 3));
    Series limit = Series.of("http").subject(Measurement.LIMIT).workload("no-op-http");
    spectrum(limit, 80_000);
    directory.add(limit.measured(Metric.SLO_RATE, 33_000, 31_000, 35_000, 3));
  }

  private void simulation() throws IOException {
    design("call", 1, 0.0002, 0);
    for (int time : List.of(1, 5, 20)) {
      design("batches:wait=%sms".formatted(time), 1.0 / (1 + time), 0.0002 * (1 + time), 0);
      design("async:every=%sms".formatted(10 * time), 0.002 / time, 0.01 * time, 0);
      design("drop:every=%sms".formatted(50 * time), 0.0004 / time, 0.03, 0.02 * time);
    }
    for (int permits : List.of(2, 10, 50)) {
      String parameters = "permits=%s,time=1s".formatted(permits);
      design("leases-fixed:" + parameters, 1.0 / permits, 0.001, 0.0004 * permits);
      design("leases-adaptive:" + parameters, 1.1 / permits, 0.001, 0.0002 * permits);
    }
  }

  private void design(String design, double calls, double over, double under) throws IOException {
    Series series =
        Series.of("simulation").algorithm("gcra").backend("simulated").workload(design);
    try (CsvFile csv = directory.csv(series, "region", "shard", "calls_per_s", "busy")) {
      for (int shard = 0; shard < 12; shard++) {
        csv.row(shard % 3, shard, 1e6 * calls / (1 + shard), 2.4 * calls / (1 + shard));
      }
      series = series.raw(csv.raw());
    }
    directory.add(
        series.exact(Metric.OVER_ADMITTED, over, 1),
        series.exact(Metric.UNDER_ADMITTED, under, 1),
        series.exact(Metric.OVER_PROMISE, Math.ceil(300 * over), 1),
        series.exact(Metric.CALLS_PER_DECISION, calls, 1),
        series.exact(Metric.BUSIEST_SHARD, 2.4 * calls, 1));
    Series checked = Series.of("simulation-validation").algorithm("gcra");
    for (String load : List.of("hot-key-2x ", "zipf-2x ")) {
      Series measured = checked.backend("redis", "lettuce").workload(load + design);
      Series simulated = checked.backend("simulated").workload(load + design);
      double admitted = 0.5 + (load.startsWith("hot") ? 0 : 0.25) + under;
      double real = admitted * (1 + 0.01 * random.nextGaussian());
      directory.add(
          measured.measured(Metric.ADMITTED, real, real * 0.98, real * 1.02, 8),
          simulated.measured(Metric.ADMITTED, admitted, admitted * 0.999, admitted * 1.001, 8),
          measured.measured(Metric.CALLS_PER_DECISION, calls * 1.02, calls * 0.97, calls * 1.05, 8),
          simulated.measured(Metric.CALLS_PER_DECISION, calls, calls, calls, 8));
    }
  }

  private void burst() throws IOException {
    for (String algorithm : ALGORITHMS) {
      for (String workload : List.of("adversarial", "adversarial-real-clock", "poisson")) {
        Series series = at("burst", "none").algorithm(algorithm).workload(workload);
        double reach =
            workload.equals("adversarial") ? 1 : workload.equals("poisson") ? 0.72 : 0.97;
        try (CsvFile csv = directory.csv(series, "tau_us", "measured", "bound", "possible")) {
          for (double exponent = 0; exponent <= 6.7; exponent += 0.02) {
            long tau = Math.round(Math.pow(10, exponent));
            double bound = bound(algorithm, tau);
            csv.row(tau, Math.max(1, Math.floor(bound * reach)), bound, bound);
          }
          series = series.raw(csv.raw());
        }
        double bound = bound(algorithm, WINDOW);
        directory.add(
            series.exact(Metric.MAX_IN_WINDOW, Math.floor(bound * reach), 50_000),
            series.exact(Metric.BOUND_IN_WINDOW, bound, 1),
            series.exact(Metric.WORST_RATIO, reach, 330));
      }
    }
  }

  private static double bound(String algorithm, long tau) {
    return switch (algorithm) {
      case "fixed-window" -> LIMIT * (1 + Math.ceil((tau - 1.0) / WINDOW));
      case "sliding-window-log" -> LIMIT * Math.ceil((double) tau / WINDOW);
      case "sliding-window-counter" ->
        tau == 1 ? LIMIT : LIMIT + Math.floor(LIMIT * (tau - 2.0) / WINDOW);
      case "leaky-bucket" -> 1 + Math.floor((tau - 1.0) * LIMIT / WINDOW);
      default -> LIMIT + Math.floor((tau - 1.0) * LIMIT / WINDOW);
    };
  }

  private void accuracy() throws IOException {
    int requests = 20_000;
    for (String workload : List.of("poisson", "on-off", "zipf", "replay:access.log.gz")) {
      int rank = 0;
      for (String algorithm : ALGORITHMS) {
        boolean exact = algorithm.equals("sliding-window-log");
        int allowed = exact ? 0 : 20 * (7 - rank) + random.nextInt(150);
        int denied = exact ? 0 : 35 * rank + random.nextInt(60);
        Series series = at("accuracy", "none").algorithm(algorithm).workload(workload);
        directory.add(
            series.exact(Metric.REQUESTS, requests, requests),
            series.exact(Metric.DENIED, 2400 + denied - allowed, requests),
            series.exact(Metric.WRONGLY_ALLOWED, allowed, requests),
            series.exact(Metric.WRONGLY_DENIED, denied, requests),
            series.exact(Metric.DIFFER, (double) (allowed + denied) / requests, requests));
        rank++;
      }
    }
  }

  private void verification() throws IOException {
    for (String property : List.of("Bound", "Denied costs nothing", "retryAfter is exact")) {
      for (String client : List.of("none", "lettuce")) {
        directory.add(at("verification", client)
            .algorithm("gcra")
            .workload(property)
            .exact(Metric.PROPERTY, 1, 1000));
      }
    }
    Series broken = at("verification", "lettuce")
        .algorithm("sliding-window-counter")
        .workload("Estimate against truth");
    String raw = directory.raw(broken, "json");
    Files.writeString(directory.path().resolve(raw), COUNTEREXAMPLE);
    directory.add(broken.raw(raw).exact(Metric.PROPERTY, 0, 17));
  }
}
