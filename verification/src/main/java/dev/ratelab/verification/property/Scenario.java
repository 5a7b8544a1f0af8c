package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.oracle.Rule;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.Subject;
import java.util.List;
import java.util.Locale;

/**
 * What arrives at one key.
 *
 * @param policy what is enforced
 * @param arrivals the requests in their order; their times fall only where a clock goes back
 */
public record Scenario(Policy policy, List<Arrival> arrivals) {
  /** A scenario of at least one arrival. */
  public Scenario {
    arrivals = List.copyOf(arrivals);
    if (arrivals.isEmpty()) {
      throw new IllegalArgumentException("a scenario has at least one arrival");
    }
  }

  /** The decisions of a subject on this scenario alone. */
  public List<Decision> decide(Subject subject) {
    return subject.decide(steps());
  }

  /** The requests, all of one caller. */
  List<Step> steps() {
    Caller caller = new Caller("n", policy, "k");
    return arrivals.stream()
        .map(arrival -> new Step(caller, arrival.at(), arrival.cost()))
        .toList();
  }

  /** The same requests under another algorithm. */
  Scenario with(Algorithm algorithm) {
    return new Scenario(
        new Policy(policy.name(), algorithm, policy.limit(), policy.onFailure(), policy.deadline()),
        arrivals);
  }

  /** Other requests under the same policy. */
  Scenario with(List<Arrival> others) {
    return new Scenario(policy, others);
  }

  /** The policy's limit in the oracle's terms. */
  Rule rule() {
    Limit limit = policy.limit();
    return new Rule(limit.permits(), limit.windowMicros(), limit.burst());
  }

  /** The algorithm's name in the catalogue. */
  String algorithm() {
    return policy.algorithm().id();
  }

  /** One line: the policy, the first instant, then each gap and cost. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(describe(policy));
    long before = arrivals.get(0).at();
    line.append(" from ").append(before).append(" µs:");
    for (Arrival arrival : arrivals) {
      line.append(String.format(Locale.ROOT, " %+d×%s", arrival.at() - before, arrival.cost()));
      before = arrival.at();
    }
    return line.toString();
  }

  /**
   * A line for each decision, with its arrival, under a line of headings.
   *
   * @param decisions of the first so many arrivals
   */
  public String table(List<Decision> decisions) {
    StringBuilder text = new StringBuilder();
    text.append("   #               at (µs)            gap         cost  decision%n".formatted());
    long before = arrivals.get(0).at();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = arrivals.get(i);
      text.append(String.format(
          Locale.ROOT,
          "%4s %21s %+14d %12s  %s%n",
          i,
          arrival.at(),
          arrival.at() - before,
          arrival.cost(),
          text(decisions.get(i))));
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

  /** A policy in one line. */
  public static String describe(Policy policy) {
    Limit limit = policy.limit();
    return "%s %s per %s µs, burst %s"
        .formatted(policy.algorithm(), limit.permits(), limit.windowMicros(), limit.burst());
  }
}
