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
class Visit extends Evaluation {
  private static final ThreadLocal<Visit> OWN = ThreadLocal.withInitial(Padded::new);

  private @Nullable Rule rule;
  long low;
  long high;

  /** The shard's version when the counter was read. */
  long version;

  /** Where in the shard the counter's numbers begin, or -1. */
  int at;

  private @Nullable Object owner;
  private boolean underWay;

  /**
   * Room behind what a thread writes in each check. Without it a collection puts two threads' visits side by side, in one line of the
   * caches, and both run at half their speed. A subclass's fields lie behind those of its superclass.
   */
  @SuppressWarnings("unused") // it is there to be there
  private static final class Padded extends Visit {
    private long p0;
    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
    private long p8;
    private long p9;
    private long p10;
    private long p11;
    private long p12;
    private long p13;
    private long p14;
    private long p15;
  }

  /** The thread's own, or a new one while that is under way, as when a clock asks another limiter. */
  static Visit begin() {
    Visit own = OWN.get();
    Visit free = own.underWay ? new Visit() : own;
    free.underWay = true;
    return free;
  }

  void end() {
    if (!rule().transition.isTwoNumbers()) {
      forget();
      owner = null;
    }
    underWay = false;
  }

  /** Sets out to a counter. */
  @SuppressWarnings("ReferenceEquality") // an equal rule would do no harm, only be written
  Visit to(Rule ruling, Hashed counted) {
    // A reference that is written dirties a card of the collector's, and two threads' cards share a
    // line of the caches. So it is written where it changes, and kept after the check.
    if (rule != ruling) {
      rule = ruling;
    }
    low = counted.low() ^ ruling.low;
    high = counted.high() ^ ruling.high;
    return this;
  }

  /** Makes what a charge puts into the shard, before it is locked: so none fails halfway for want of memory. */
  void prepare() {
    Object state = nextState();
    if (state != null) {
      owner = new Shard.Kept(rule(), state);
    }
  }

  /** Who the counter belongs to after a charge. */
  Object owner() {
    return owner == null ? rule() : owner;
  }

  Rule rule() {
    return Objects.requireNonNull(rule);
  }

  boolean decide(long now, long cost) {
    return rule().transition.decide(this, now, cost);
  }

  Decision decision() {
    return decision(rule().limit().permits());
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
    return Decision.allow(limit.permits(), remaining, resetAfterMicros());
  }
}
