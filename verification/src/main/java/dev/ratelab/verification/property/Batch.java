package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Several histories side by side, each on a key of its own, decided in one go in the order of time: what would have
 * happened, had the history gone on in another way.
 */
final class Batch {
  private record Entry(Track track, Step step) {}

  static final class Track {
    private final List<Decision> decisions = new ArrayList<>();

    /** What was decided, in the order of arrival, without the first so many. */
    List<Decision> from(int first) {
      return decisions.subList(first, decisions.size());
    }

    Decision last() {
      return decisions.get(decisions.size() - 1);
    }
  }

  private final Policy policy;
  private final List<Entry> entries = new ArrayList<>();
  private int tracks;

  Batch(Policy policy) {
    this.policy = policy;
  }

  /** Adds a history, whose times must not fall. */
  Track add(List<Arrival> arrivals) {
    Track track = new Track();
    Caller caller = new Caller("n", policy, "k" + tracks++);
    arrivals.forEach(arrival -> entries.add(new Entry(track, arrival.by(caller))));
    return track;
  }

  /** Adds a history that begins with the first so many arrivals of a scenario. */
  Track add(Scenario scenario, int length, Arrival... then) {
    List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, length));
    arrivals.addAll(List.of(then));
    return add(arrivals);
  }

  void run(VerifiedSubject subject) {
    entries.sort(Comparator.comparingLong(entry -> entry.step.at()));
    List<Decision> decisions = subject.decide(entries.stream().map(Entry::step).toList());
    for (int i = 0; i < decisions.size(); i++) {
      entries.get(i).track.decisions.add(decisions.get(i));
    }
  }
}
