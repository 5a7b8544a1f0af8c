package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Goes back to a decision and spends otherwise at that instant. */
final class SpendingAgain {
  private static final int DECISIONS = 4;
  private static final int ONE_BY_ONE = 16;

  private static final int PIECES = 16;

  private record Spending(int index, Batch.Track track) {}

  private SpendingAgain() {}

  /** Goes back to a decision and spends what it said remains, and then one more. */
  static void remaining(VerifiedSubject subject, Scenario scenario) {
    Limit limit = scenario.policy().limit();
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    Batch batch = new Batch(scenario.policy());
    List<Spending> spendings = new ArrayList<>();
    for (int i : SpendingPlans.some(DECISIONS, decisions.size(), index -> true)) {
      long remaining = decisions.get(i).remaining();
      if (remaining < 0 || remaining > limit.burst()) {
        throw played.broken("%s: remaining is %s".formatted(i, remaining));
      }
      long at = scenario.arrivals().get(i).at();
      List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, i + 1));
      long maxCost = remaining <= ONE_BY_ONE ? 1 : limit.maxCost();
      arrivals.addAll(SpendingPlans.chunks(at, remaining, maxCost));
      arrivals.add(new Arrival(at, 1));
      spendings.add(new Spending(i, batch.add(arrivals)));
    }
    batch.run(subject);
    for (Spending spending : spendings) {
      List<Decision> all = spending.track.from(spending.index + 1);
      if (!all.subList(0, all.size() - 1).stream().allMatch(Decision::allowed)) {
        throw played.broken(
            "%s: less was admitted at that instant than remained".formatted(spending.index));
      }
      if (spending.track.last().allowed()) {
        throw played.broken(
            "%s: one more was admitted at that instant than remained".formatted(spending.index));
      }
    }
  }

  /** Goes back to a request and sends it in pieces. */
  static void inPieces(VerifiedSubject subject, Scenario scenario) {
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    Batch batch = new Batch(scenario.policy());
    List<Spending> all = new ArrayList<>();
    for (int i : SpendingPlans.some(DECISIONS, decisions.size(), index -> true)) {
      Arrival whole = scenario.arrivals().get(i);
      List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, i));
      // Up to 16 pieces: of cost 1 where that is enough, else as equal as can be.
      long piece = (whole.cost() + PIECES - 1) / PIECES;
      arrivals.addAll(SpendingPlans.chunks(whole.at(), whole.cost(), piece));
      all.add(new Spending(i, batch.add(arrivals)));
    }
    batch.run(subject);
    for (Spending pieces : all) {
      Decision whole = decisions.get(pieces.index);
      boolean together = pieces.track.from(pieces.index).stream().allMatch(Decision::allowed);
      if (together != whole.allowed()
          || (together && pieces.track.last().remaining() != whole.remaining())) {
        throw played.broken("%s: in pieces it is %s, %s remaining"
            .formatted(
                pieces.index,
                together ? "admitted" : "not admitted",
                pieces.track.last().remaining()));
      }
    }
  }
}
