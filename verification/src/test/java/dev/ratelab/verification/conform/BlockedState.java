package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;

/** A state that admits nothing for so many microseconds after a denial. */
final class BlockedState implements KeyState {
  private final KeyState state;
  private final long block;
  private long end;

  BlockedState(KeyState state, long block) {
    this.state = state;
    this.block = block;
  }

  @Override
  public Answer check(long at, long cost) {
    if (at < end) {
      return Answer.of(false);
    }
    Answer answer = state.check(at, cost);
    if (!answer.allowed()) {
      end = at + block;
    }
    return answer;
  }

  @Override
  public boolean isOver(long at) {
    return at >= end && state.isOver(at);
  }
}
