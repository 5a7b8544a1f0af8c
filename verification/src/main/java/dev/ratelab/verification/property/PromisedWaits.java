package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Whether retryAfter and resetAfter are as long as a request, or a whole burst, has to wait. */
final class PromisedWaits {
  private static final int DENIALS = 4;

  private static final int DECISIONS = 3;

  private record Retry(int index, Batch.Track inTime, Batch.Track tooEarly) {}

  private record Reset(int index, Batch.Track used, Batch.Track fresh, Batch.Track tooEarly) {}

  private PromisedWaits() {}

  /** Goes back to each denial and tries again, once at the instant promised and once a microsecond before. */
  static void retryAfter(VerifiedSubject subject, Scenario scenario) {
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    Batch batch = new Batch(scenario.policy());
    List<Retry> retries = new ArrayList<>();
    for (int i = 0; i < decisions.size(); i++) {
      long wait = decisions.get(i).retryAfterMicros();
      if (decisions.get(i).allowed() ? wait != 0 : wait < 1) {
        throw played.broken("%s: retryAfter is %s".formatted(i, wait));
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
        throw played.broken("%s: denied again after its retryAfter; then told to wait %s µs more"
            .formatted(retry.index, retry.inTime.last().retryAfterMicros()));
      }
      if (retry.tooEarly.last().allowed()) {
        throw played.broken(
            "%s: would be admitted a microsecond before its retryAfter".formatted(retry.index));
      }
    }
  }

  /** Compares a key after its resetAfter with one never used, and with itself a microsecond earlier. */
  static void resetAfter(VerifiedSubject subject, Scenario scenario) {
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    Batch batch = new Batch(scenario.policy());
    List<Batch.Track> firsts = new ArrayList<>();
    List<Reset> resets = new ArrayList<>();
    for (int i : SpendingPlans.some(DECISIONS, decisions.size(), index -> true)) {
      long wait = decisions.get(i).resetAfterMicros();
      if (wait < 1) {
        throw played.broken("%s: resetAfter is %s".formatted(i, wait));
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
      throw played.broken("a key never used denied its first request");
    }
    for (Reset reset : resets) {
      int past = reset.index + 1;
      List<Decision> used = reset.used.from(past);
      List<Decision> fresh = reset.fresh.from(0);
      if (!used.equals(fresh)) {
        throw played.broken(
            "%s: after its resetAfter the key does not behave as new: %s instead of %s"
                .formatted(reset.index, used, fresh));
      }
      if (reset.tooEarly.from(past).stream().allMatch(Decision::allowed)) {
        throw played.broken(
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
