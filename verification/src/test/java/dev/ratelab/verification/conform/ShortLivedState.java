package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;

/** A state that is gone so many microseconds after its last admission, whatever it would still count. */
final class ShortLivedState implements KeyState {
  private final KeyState state;
  private final long life;
  private long end;

  ShortLivedState(KeyState state, long life) {
    this.state = state;
    this.life = life;
  }

  @Override
  public Answer check(long at, long cost) {
    Answer answer = state.check(at, cost);
    if (answer.allowed()) {
      end = at + life;
    }
    return answer;
  }

  @Override
  public boolean isOver(long at) {
    return at >= end || state.isOver(at);
  }
}
