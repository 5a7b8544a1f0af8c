package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Goes back to each denial and tries again, once at the instant promised and once a microsecond before. */
final class RetryAfterExact {
  private static final int DENIALS = 4;

  private record Retry(int index, Batch.Track inTime, Batch.Track tooEarly) {}

  private RetryAfterExact() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Batch batch = new Batch(scenario.policy());
    List<Retry> retries = new ArrayList<>();
    for (int i = 0; i < decisions.size(); i++) {
      long wait = decisions.get(i).retryAfterMicros();
      if (decisions.get(i).allowed() ? wait != 0 : wait < 1) {
        throw Violation.of(subject, scenario, decisions, "%s: retryAfter is %s".formatted(i, wait));
      }
    }
    for (int i : SpendingPlans.some(
        DENIALS, decisions.size(), index -> !decisions.get(index).allowed())) {
      Arrival denied = scenario.arrivals().get(i);
      long promised = denied.at() + decisions.get(i).retryAfterMicros();
      retries.add(new Retry(
          i,
          batch.add(scenario, i + 1, new Arrival(promised, denied.cost())),
          batch.add(scenario, i + 1, new Arrival(promised - 1, denied.cost()))));
    }
    batch.run(subject);
    for (Retry retry : retries) {
      if (!retry.inTime.last().allowed()) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: denied again after its retryAfter; then told to wait %s µs more"
                .formatted(retry.index, retry.inTime.last().retryAfterMicros()));
      }
      if (retry.tooEarly.last().allowed()) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: would be admitted a microsecond before its retryAfter".formatted(retry.index));
      }
    }
  }
}
