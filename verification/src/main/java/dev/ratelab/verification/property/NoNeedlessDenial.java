package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Compares a key after its resetAfter with one never used, and with itself a microsecond earlier. */
final class NoNeedlessDenial {
  private static final int DECISIONS = 3;

  private record Reset(int index, Batch.Track used, Batch.Track fresh, Batch.Track tooEarly) {}

  private NoNeedlessDenial() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Batch batch = new Batch(scenario.policy());
    List<Batch.Track> firsts = new ArrayList<>();
    List<Reset> resets = new ArrayList<>();
    for (int i : SpendingPlans.some(DECISIONS, decisions.size(), index -> true)) {
      long wait = decisions.get(i).resetAfterMicros();
      if (wait < 1) {
        throw Violation.of(subject, scenario, decisions, "%s: resetAfter is %s".formatted(i, wait));
      }
      firsts.add(batch.add(List.of(scenario.arrivals().get(i))));
      List<Arrival> past = scenario.arrivals().subList(0, i + 1);
      long reset = past.get(i).at() + wait;
      resets.add(new Reset(
          i,
          batch.add(join(past, afresh(scenario, reset))),
          batch.add(afresh(scenario, reset)),
          batch.add(join(past, wholeBurst(scenario, reset - 1)))));
    }
    batch.run(subject);
    if (!firsts.stream().allMatch(first -> first.last().allowed())) {
      throw Violation.of(subject, scenario, decisions, "a key never used denied its first request");
    }
    for (Reset reset : resets) {
      int past = reset.index + 1;
      List<Decision> used = reset.used.decisions();
      if (!used.subList(past, used.size()).equals(reset.fresh.decisions())) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: after its resetAfter the key does not behave as new: %s instead of %s"
                .formatted(reset.index, used.subList(past, used.size()), reset.fresh.decisions()));
      }
      List<Decision> early = reset.tooEarly.decisions();
      if (early.subList(past, early.size()).stream().allMatch(Decision::allowed)) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: behaves as new a microsecond before its resetAfter".formatted(reset.index));
      }
    }
  }

  /** Enough to see all of a state: everything that fits now, half a window later and two windows later. */
  private static List<Arrival> afresh(Scenario scenario, long at) {
    Limit limit = scenario.policy().limit();
    List<Arrival> arrivals = new ArrayList<>(wholeBurst(scenario, at));
    arrivals.add(new Arrival(at + limit.windowMicros() / 2, limit.maxCost()));
    arrivals.add(new Arrival(at + 2 * limit.windowMicros(), 1));
    return arrivals;
  }

  private static List<Arrival> wholeBurst(Scenario scenario, long at) {
    Limit limit = scenario.policy().limit();
    return SpendingPlans.chunks(at, limit.burst(), limit.maxCost());
  }

  private static List<Arrival> join(List<Arrival> first, List<Arrival> then) {
    List<Arrival> all = new ArrayList<>(first);
    all.addAll(then);
    return all;
  }
}
