package dev.ratelab.verification.replication;

import dev.ratelab.limiter.Limit;
import java.util.Map;

/** One workload's numbers: its name, what every source was held to, how many sources and requests there were, and what was measured. */
public record Row(
    String workload,
    Limit limit,
    int sources,
    long requests,
    Map<Measure, BootstrapEstimate> measures) {
  /** The share of requests decided differently from the exact log beside the counter. */
  public double wrong() {
    return of(Measure.WRONGLY_ALLOWED).value() + of(Measure.WRONGLY_DENIED).value();
  }

  public BootstrapEstimate of(Measure measure) {
    BootstrapEstimate estimate = measures.get(measure);
    if (estimate == null) {
      throw new IllegalArgumentException(
          "%s was not measured".formatted(measure.metric().id()));
    }
    return estimate;
  }
}
