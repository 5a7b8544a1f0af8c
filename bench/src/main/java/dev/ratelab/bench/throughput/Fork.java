package dev.ratelab.bench.throughput;

import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.Map;

/**
 * What a subject has shown in one process.
 *
 * @param turns its turns, in the order taken
 * @param others the turns of those it is held against, round by round beside its own, by their names
 */
record Fork(List<Turn> turns, Map<String, List<Turn>> others) {
  /** Turn by turn. */
  double[] values(Metric metric) {
    return values(turns, metric);
  }

  /** Turn by turn its rate by that of the first that it is held against, or its rate where there is none. */
  double[] drift() {
    return others.isEmpty()
        ? values(Metric.OPERATIONS)
        : ratios(Metric.OPERATIONS, others.keySet().iterator().next());
  }

  /** Its value over another's, turn by turn. */
  double[] ratios(Metric metric, String other) {
    return ratios(metric, others.getOrDefault(other, List.of()));
  }

  /** The same of another's turns. */
  double[] ratios(Metric metric, List<Turn> other) {
    double[] ratios = values(metric);
    double[] theirs = values(other, metric);
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] /= theirs[i];
    }
    return ratios;
  }

  private static double[] values(List<Turn> turns, Metric metric) {
    return turns.stream()
        .mapToDouble(turn -> switch (metric) {
          case OPERATIONS -> turn.perSecond();
          case CPU_PER_DECISION -> turn.processorMicros();
          case SERVER_CPU -> turn.serverMicros();
          case BYTES_PER_DECISION -> turn.bytes();
          default -> throw new IllegalArgumentException("no turn tells " + metric);
        })
        .toArray();
  }
}
