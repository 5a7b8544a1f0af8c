package dev.ratelab.bench.validation;

import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.Map;

/**
 * What came of a load on a real Redis.
 *
 * @param charged the permits that Redis charged
 * @param roundTrips how long each call to Redis took, in microseconds
 */
record RealOutcome(Observed observed, long charged, List<Long> roundTrips) {
  /** What is compared with the simulator's. */
  Map<Metric, Double> metrics(Policy policy) {
    Observed.Deviation error = observed.deviation(policy.algorithm(), policy.limit());
    double requests = observed.key().length;
    return Map.of(
        Metric.ADMITTED, observed.share(),
        Metric.OVER_ADMITTED, error.over(),
        Metric.UNDER_ADMITTED, error.under(),
        Metric.EXCESS, observed.excess(policy.limit()),
        Metric.CALLS_PER_DECISION, roundTrips.size() / requests,
        Metric.LAPSED, charged == 0 ? 0 : Math.max(0, 1 - observed.share() * requests / charged));
  }
}
