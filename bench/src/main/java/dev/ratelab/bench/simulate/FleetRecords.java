package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A simulation as results. */
public final class FleetRecords {
  private static final String NAME = "simulation";

  private FleetRecords() {}

  /** All settings, in the units of docs/results-format.md. */
  public static Map<String, String> parameters(FleetSettings settings) {
    Map<String, String> named = new LinkedHashMap<>();
    Limit limit = settings.policy().limit();
    named.put("seed", Long.toString(settings.seed()));
    named.put("limit", Long.toString(limit.permits()));
    named.put("window_us", Long.toString(limit.windowMicros()));
    named.put("simulation.burst", Long.toString(limit.burst()));
    named.put("simulation.instances", Integer.toString(settings.instances()));
    FleetSettings.Load load = settings.load();
    named.put("simulation.keys", Long.toString(load.keys()));
    named.put("simulation.zipf", Double.toString(load.exponent()));
    named.put("simulation.arrivals", load.arrivals().name());
    named.put("simulation.rate", Double.toString(load.perSecond()));
    named.put("simulation.duration_us", Long.toString(load.duration()));
    named.put("simulation.lease_permits", Long.toString(settings.lease().permits()));
    named.put("simulation.lease_us", Long.toString(settings.lease().micros()));
    named.put("simulation.every_us", Long.toString(settings.every()));
    named.put("simulation.batch_us", Long.toString(settings.batch().longest()));
    named.put("simulation.batch_most", Integer.toString(settings.batch().most()));
    named.put("simulation.deadline_us", Long.toString(settings.deadline()));
    FleetSettings.Network network = settings.network();
    named.put("simulation.regions", Integer.toString(network.regions()));
    named.put("simulation.delay_us", Long.toString(network.delay()));
    named.put("simulation.region_delay_us", Long.toString(network.regionDelay()));
    named.put("simulation.jitter_us", Long.toString(network.jitter()));
    named.put("simulation.loss", Double.toString(network.loss()));
    FleetSettings.Redis redis = settings.redis();
    named.put("simulation.shards", Integer.toString(redis.shards()));
    named.put("simulation.call_ns", Long.toString(redis.call()));
    named.put("simulation.decision_ns", Long.toString(redis.decision()));
    named.put("simulation.batched_ns", Long.toString(redis.batched()));
    FleetSettings.Faults faults = settings.faults();
    named.put("simulation.skew_us", Long.toString(faults.skew()));
    named.put("simulation.drift", Double.toString(faults.drift()));
    named.put("simulation.crashes", Integer.toString(faults.crashes()));
    named.put("simulation.down_us", Long.toString(faults.down()));
    named.put("simulation.exact_keys", Integer.toString(settings.countedKeys()));
    named.put("simulation.kept_keys", Integer.toString(settings.keptKeys()));
    return named;
  }

  /** Adds the rows of each design, and a CSV file of its shards. */
  public static void write(
      ResultsDirectory directory, FleetSettings settings, List<DesignResult> results)
      throws IOException {
    for (DesignResult result : results) {
      Series series = Series.of(NAME)
          .algorithm(settings.policy().algorithm().id())
          .backend(Measurement.SIMULATED)
          .workload(result.design());
      try (CsvFile csv = directory.csv(series, "region", "shard", "calls_per_s", "busy")) {
        int shard = 0;
        for (DesignResult.ShardLoad load : result.shards()) {
          csv.row(load.region(), shard++, load.callsPerSecond(), load.busy());
        }
        Series rows = series.raw(csv.raw());
        long requests = Math.max(1, (long) result.value(Metric.REQUESTS));
        directory.add(result.values().entrySet().stream()
            .map(value -> rows.exact(value.getKey(), value.getValue(), requests))
            .toArray(Measurement[]::new));
      }
    }
  }
}
