package dev.ratelab.verification.replication;

import java.util.Map;

/** One workload's numbers: its name, how many sources and requests there were, and what was measured. */
public record Row(
    String workload, int sources, long requests, Map<Measure, BootstrapEstimate> measures) {
  public BootstrapEstimate of(Measure measure) {
    BootstrapEstimate estimate = measures.get(measure);
    if (estimate == null) {
      throw new IllegalArgumentException(
          "%s was not measured".formatted(measure.metric().id()));
    }
    return estimate;
  }
}
