package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A scenario and what a subject decided in it, one decision for each arrival, or for the first of them. */
public record Played(VerifiedSubject subject, Scenario scenario, List<Decision> decisions) {
  public Played {
    decisions = List.copyOf(decisions);
  }

  /** Has a subject decide on a scenario. */
  public static Played of(VerifiedSubject subject, Scenario scenario) {
    return new Played(subject, scenario, scenario.decide(subject));
  }

  /** Of answers up to one. */
  static Played upTo(
      int last, VerifiedSubject subject, Scenario scenario, List<RequestDecision> answers) {
    return new Played(
        subject,
        scenario,
        answers.subList(0, last + 1).stream().map(RequestDecision::decision).toList());
  }

  /** The arrivals that were admitted. */
  public List<Arrival> admitted() {
    return IntStream.range(0, decisions.size())
        .filter(i -> decisions.get(i).allowed())
        .mapToObj(i -> scenario.arrivals().get(i))
        .toList();
  }

  Violation broken(String what) {
    return new Violation(this, what);
  }

  /** A line for each decision, under a line of headings. */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append("   #               at (µs)            gap         cost  decision%n".formatted());
    long before = scenario.arrivals().get(0).at();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      text.append(String.format(
          Locale.ROOT,
          "%4s %21s %+14d %12s  %s%s%n",
          i,
          arrival.at(),
          arrival.at() - before,
          arrival.cost(),
          text(decisions.get(i)),
          scenario.asked(arrival)));
      before = arrival.at();
    }
    return text.toString();
  }

  private static String text(Decision decision) {
    String fields = "remaining %s, resets after %s"
        .formatted(decision.remaining(), decision.resetAfterMicros());
    if (!decision.allowed()) {
      return "denied, retry after %s, %s".formatted(decision.retryAfterMicros(), fields);
    }
    return decision.delayMicros() == 0
        ? "allowed, " + fields
        : "allowed, delay %s, %s".formatted(decision.delayMicros(), fields);
  }
}
