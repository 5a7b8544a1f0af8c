package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Evaluation;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A check's way to one counter: which it is, where it was found, and what was decided on it. A thread keeps one for the checks of one
 * policy, so that these allocate nothing.
 */
final class Visit {
  private static final ThreadLocal<Visit> OWN = ThreadLocal.withInitial(Visit::new);

  final Evaluation evaluation = new Evaluation();
  private @Nullable Rule rule;
  long low;
  long high;

  /** The shard's version when the counter was read. */
  long version;

  /** Where in the shard the counter is, or would be put. */
  int slot;

  private boolean underWay;

  /** The thread's own, or a new one while that is under way, as when a clock asks another limiter. */
  static Visit begin() {
    Visit own = OWN.get();
    Visit free = own.underWay ? new Visit() : own;
    free.underWay = true;
    return free;
  }

  void end() {
    if (!rule().transition.isTwoNumbers()) {
      evaluation.forget();
    }
    rule = null;
    underWay = false;
  }

  /** Sets out to a counter. */
  Visit to(Rule ruling, Hashed counted) {
    rule = ruling;
    long mixed = counted.low() ^ ruling.low;
    // Zero marks a free slot.
    low = mixed == 0 ? 1 : mixed;
    high = counted.high() ^ ruling.high;
    return this;
  }

  Rule rule() {
    return Objects.requireNonNull(rule);
  }

  boolean decide(long now, long cost) {
    return rule().transition.decide(evaluation, now, cost);
  }

  Decision decision() {
    return evaluation.decision(rule().limit().permits());
  }

  /**
   * The answer where another policy denies. Of one that admits, what remains is what would after it and its cost, since a cost
   * of c fits exactly when c of cost 1 do; and one more than remains is denied, with the true time to the reset.
   */
  Decision uncharged(long now, long cost) {
    Decision decision = decision();
    if (!decision.allowed()) {
      return decision;
    }
    Limit limit = rule().limit();
    long remaining = decision.remaining() + cost;
    if (remaining >= limit.burst()) {
      return Decision.allow(limit.permits(), remaining, 0);
    }
    decide(now, remaining + 1);
    return Decision.allow(limit.permits(), remaining, evaluation.resetAfterMicros());
  }
}
