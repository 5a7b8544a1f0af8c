package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A simulation as results. */
public final class FleetRecords {
  private static final String NAME = "simulate";

  private FleetRecords() {}

  /** All settings, in the units of docs/results-format.md. */
  public static Map<String, String> parameters(FleetSettings settings) {
    Map<String, String> named = new LinkedHashMap<>();
    Limit limit = settings.policy().limit();
    named.put("seed", Long.toString(settings.seed()));
    named.put("limit", Long.toString(limit.permits()));
    named.put("window_us", Long.toString(limit.windowMicros()));
    named.put("simulate.burst", Long.toString(limit.burst()));
    named.put("simulate.instances", Integer.toString(settings.instances()));
    FleetSettings.Load load = settings.load();
    named.put("simulate.keys", Long.toString(load.keys()));
    named.put("simulate.zipf", Double.toString(load.exponent()));
    named.put("simulate.arrivals", load.arrivals().name());
    named.put("simulate.rate", Double.toString(load.perSecond()));
    named.put("simulate.duration_us", Long.toString(load.duration()));
    named.put("simulate.lease_permits", Long.toString(settings.lease().permits()));
    named.put("simulate.lease_us", Long.toString(settings.lease().micros()));
    named.put("simulate.every_us", Long.toString(settings.every()));
    named.put("simulate.batch_us", Long.toString(settings.batch().longest()));
    named.put("simulate.batch_most", Integer.toString(settings.batch().most()));
    named.put("simulate.deadline_us", Long.toString(settings.deadline()));
    FleetSettings.Network network = settings.network();
    named.put("simulate.regions", Integer.toString(network.regions()));
    named.put("simulate.delay_us", Long.toString(network.delay()));
    named.put("simulate.region_delay_us", Long.toString(network.regionDelay()));
    named.put("simulate.jitter_us", Long.toString(network.jitter()));
    named.put("simulate.loss", Double.toString(network.loss()));
    FleetSettings.Redis redis = settings.redis();
    named.put("simulate.shards", Integer.toString(redis.shards()));
    named.put("simulate.call_ns", Long.toString(redis.call()));
    named.put("simulate.decision_ns", Long.toString(redis.decision()));
    named.put("simulate.batched_ns", Long.toString(redis.batched()));
    FleetSettings.Faults faults = settings.faults();
    named.put("simulate.skew_us", Long.toString(faults.skew()));
    named.put("simulate.drift", Double.toString(faults.drift()));
    named.put("simulate.crashes", Integer.toString(faults.crashes()));
    named.put("simulate.down_us", Long.toString(faults.down()));
    named.put("simulate.exact_keys", Integer.toString(settings.countedKeys()));
    named.put("simulate.kept_keys", Integer.toString(settings.keptKeys()));
    return named;
  }

  /** Adds the rows of each design, and one CSV file of all. */
  public static void write(
      ResultsDirectory directory, FleetSettings settings, List<DesignResult> results)
      throws IOException {
    Series all = Series.of(NAME).algorithm(settings.policy().algorithm().id());
    try (CsvFile csv = directory.csv(
        all,
        "design",
        "requests",
        "admitted",
        "denied",
        "unanswered",
        "crashed",
        "over_permits",
        "admitted_too_much",
        "admitted_too_little",
        "calls_per_request",
        "busiest_shard",
        "all_shards",
        "mean_delay_us",
        "p50_us",
        "p99_us",
        "light_share",
        "light_wrong")) {
      for (DesignResult r : results) {
        csv.row(
            r.design(),
            r.requests(),
            r.admitted(),
            r.denied(),
            r.unanswered(),
            r.crashed(),
            r.over(),
            r.admittedTooMuch(),
            r.admittedTooLittle(),
            r.callsPerRequest(),
            r.busiest(),
            r.busy(),
            r.meanDelay(),
            r.p50(),
            r.p99(),
            r.light(),
            r.lightWrong());
        Series series = all.workload(r.design()).raw(csv.raw());
        long n = Math.max(1, r.requests());
        directory.add(
            series.exact(Metric.REQUESTS, r.requests(), n),
            series.exact(Metric.DENIED, r.denied(), n),
            series.exact(Metric.OVER, r.over(), n),
            series.exact(Metric.ADMITTED_TOO_MUCH, r.admittedTooMuch(), n),
            series.exact(Metric.ADMITTED_TOO_LITTLE, r.admittedTooLittle(), n),
            series.exact(Metric.CALLS_PER_DECISION, r.callsPerRequest(), n),
            series.exact(Metric.BUSIEST_NODE_SHARE, r.busiest(), n),
            series.exact(Metric.ALL_NODES_SHARE, r.busy(), n),
            series.exact(Metric.MEAN_DELAY, r.meanDelay(), n),
            series.exact(Metric.P50, r.p50(), n),
            series.exact(Metric.P99, r.p99(), n),
            series.exact(Metric.UNANSWERED, (double) r.unanswered() / n, n),
            series.exact(Metric.CRASHED, (double) r.crashed() / n, n),
            series.exact(Metric.LIGHT, r.light(), n),
            series.exact(Metric.LIGHT_WRONG, r.lightWrong(), n));
      }
    }
  }
}
