package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.oracle.OracleRule;

/** A fixed window that begins with a key's first request, as many libraries have it: a count that expires. */
final class CountedWindow implements KeyState {
  /** Which requests set the expiry anew. A right one: none. */
  enum Renewal {
    BY_NONE,
    BY_ADMITTED,
    BY_DENIED
  }

  private final OracleRule rule;
  private final Renewal renewal;
  private long count;
  private long end;

  CountedWindow(OracleRule rule, Renewal renewal) {
    this.rule = rule;
    this.renewal = renewal;
  }

  @Override
  public Answer check(long at, long cost) {
    if (at >= end) {
      count = 0;
      end = at + rule.window();
    }
    boolean allowed = count + cost <= rule.permits();
    if (allowed) {
      count += cost;
    }
    if (renewal == (allowed ? Renewal.BY_ADMITTED : Renewal.BY_DENIED)) {
      end = at + rule.window();
    }
    ToldWait left = new ToldWait(end - at, 1);
    return new Answer(allowed, rule.permits() - count, allowed ? new ToldWait(0, 1) : left, left);
  }

  @Override
  public boolean isOver(long at) {
    return at >= end;
  }
}
