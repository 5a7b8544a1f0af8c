package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.oracle.OracleRule;

/** What a right limiter keeps: the oracle decides, and the state is over once the whole burst is admitted again. */
final class ExactState implements KeyState {
  private final Oracle oracle;
  private final OracleRule rule;
  private long over;

  ExactState(String algorithm, OracleRule rule) {
    oracle = Oracle.of(algorithm, rule);
    this.rule = rule;
  }

  @Override
  public Answer check(long at, long cost) {
    if (cost > rule.burst()) {
      return Answer.of(false); // No wait is long enough.
    }
    OracleAnswer answer = oracle.check(at, cost);
    over = at + answer.resetAfter();
    return new Answer(
        answer.allowed(),
        answer.remaining(),
        new ToldWait(answer.retryAfter(), 1),
        new ToldWait(answer.resetAfter(), 1));
  }

  @Override
  public boolean isOver(long at) {
    return at >= over;
  }
}
