package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;

/** What a limiter keeps of one key. Instants are microseconds on the limiter's clock. */
interface KeyState {
  /** Decides on a request, and charges it. */
  Answer check(long at, long cost);

  /** Whether the limiter forgets the key at this instant, so that the next request begins with a new state. */
  boolean isOver(long at);
}
