package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.ArrayList;
import java.util.List;

/** A log of what was charged and when. It is an exact sliding window unless a method is overridden. */
class CallLog implements KeyState {
  private record Charged(long at, long cost) {}

  private final OracleRule rule;
  private final List<Charged> log = new ArrayList<>();

  CallLog(OracleRule rule) {
    this.rule = rule;
  }

  boolean fits(long used, long cost, long permits) {
    return used + cost <= permits;
  }

  /** What is written down for a request: 0 for nothing. */
  long charge(long cost, boolean allowed) {
    return allowed ? cost : 0;
  }

  /** The last instant that no longer counts. */
  long forgottenUpTo(long at, long window) {
    return at - window;
  }

  @Override
  public final Answer check(long at, long cost) {
    long forgotten = forgottenUpTo(at, rule.window());
    log.removeIf(charged -> charged.at <= forgotten);
    boolean allowed = fits(log.stream().mapToLong(Charged::cost).sum(), cost, rule.permits());
    long charge = charge(cost, allowed);
    if (charge > 0) {
      log.add(new Charged(at, charge));
    }
    return Answer.of(allowed);
  }

  @Override
  public final boolean isOver(long at) {
    long forgotten = forgottenUpTo(at, rule.window());
    return log.stream().allMatch(charged -> charged.at <= forgotten);
  }
}
