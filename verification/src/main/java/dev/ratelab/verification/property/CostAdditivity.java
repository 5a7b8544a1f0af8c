package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/** Goes back to a request and sends it in pieces. */
final class CostAdditivity {
  private static final int REQUESTS = 4;
  private static final int PIECES = 16;

  private record Pieces(int index, Batch.Track track) {}

  private CostAdditivity() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Batch batch = new Batch(scenario.policy());
    List<Pieces> all = new ArrayList<>();
    for (int i : SpendingPlans.some(REQUESTS, decisions.size(), index -> true)) {
      Arrival whole = scenario.arrivals().get(i);
      List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, i));
      // Up to 16 pieces: of cost 1 where that is enough, else as equal as can be.
      long piece = (whole.cost() + PIECES - 1) / PIECES;
      arrivals.addAll(SpendingPlans.chunks(whole.at(), whole.cost(), piece));
      all.add(new Pieces(i, batch.add(arrivals)));
    }
    batch.run(subject);
    for (Pieces pieces : all) {
      Decision whole = decisions.get(pieces.index);
      List<Decision> track = pieces.track.decisions();
      boolean together =
          track.subList(pieces.index, track.size()).stream().allMatch(Decision::allowed);
      if (together != whole.allowed()
          || (together && pieces.track.last().remaining() != whole.remaining())) {
        throw Violation.of(
            subject,
            scenario,
            decisions,
            "%s: in pieces it is %s, %s remaining"
                .formatted(
                    pieces.index,
                    together ? "admitted" : "not admitted",
                    pieces.track.last().remaining()));
      }
    }
  }
}
