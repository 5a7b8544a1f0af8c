package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Goes back to a decision and spends what it said remains, and then one more. */
final class RemainingTrue {
  private static final int DECISIONS = 4;
  private static final int ONE_BY_ONE = 16;

  private record Spending(int index, int before, Batch.Track track) {}

  private RemainingTrue() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    Limit limit = scenario.policy().limit();
    List<Decision> decisions = scenario.decide(subject);
    Batch batch = new Batch(scenario.policy());
    List<Spending> spendings = new ArrayList<>();
    for (int i : SpendingPlans.some(DECISIONS, decisions.size(), index -> true)) {
      long remaining = decisions.get(i).remaining();
      if (remaining < 0 || remaining > limit.burst()) {
        throw Violation.of(
            subject, scenario, decisions, "%s: remaining is %s".formatted(i, remaining));
      }
      long at = scenario.arrivals().get(i).at();
      List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, i + 1));
      long maxCost = remaining <= ONE_BY_ONE ? 1 : limit.maxCost();
      arrivals.addAll(SpendingPlans.chunks(at, remaining, maxCost));
      arrivals.add(new Arrival(at, 1));
      spendings.add(new Spending(i, i + 1, batch.add(arrivals)));
    }
    batch.run(subject);
    for (Spending spending : spendings) {
      List<Decision> all = spending.track.decisions();
      List<Decision> spent = all.subList(spending.before, all.size() - 1);
      if (!spent.stream().allMatch(Decision::allowed)) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: less was admitted at that instant than remained".formatted(spending.index));
      }
      if (spending.track.last().allowed()) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: one more was admitted at that instant than remained".formatted(spending.index));
      }
    }
  }
}
