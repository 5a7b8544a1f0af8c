package dev.ratelab.bench.simulate;

import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a design did with the requests.
 *
 * @param design its name, and what it took from the settings
 * @param values docs/results-format.md says what each is, experiment {@code simulation}; but for {@link Metric#SIMULATED}, the speed of this
 *     machine, two runs of a seed have the same
 * @param shards what each shard did
 */
public record DesignResult(String design, Map<Metric, Double> values, List<ShardLoad> shards) {
  /**
   * What a shard did.
   *
   * @param region where it lies, from 0 on
   * @param callsPerSecond calls of any kind
   * @param busy how much of its processor they needed; over 1 its queue grew
   */
  public record ShardLoad(int region, double callsPerSecond, double busy) {}

  /** One of its values. */
  public double value(Metric metric) {
    return Objects.requireNonNull(values.get(metric));
  }
}
