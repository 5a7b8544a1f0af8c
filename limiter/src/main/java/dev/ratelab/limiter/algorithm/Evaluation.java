package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import org.jspecify.annotations.Nullable;

/**
 * One decision as it is made: a counter's state before and after it, and the numbers of the answer. It is mutable, so that deciding
 * allocates nothing, and belongs to one thread. A state is two numbers or, where an algorithm needs more, an object.
 */
public class Evaluation {
  boolean known;
  long first;
  long second;

  @Nullable
  Object state;

  private boolean allowed;
  private long nextFirst;
  private long nextSecond;
  private @Nullable Object nextState;
  private long remaining;
  private long retryAfter;
  private long resetAfter;
  private long delay;

  /** Starts from a key that was never seen, or is long silent. */
  public void startWithNothing() {
    known = false;
    state = null;
  }

  /** Starts from a state of two numbers. */
  public void startWith(long ownFirst, long ownSecond) {
    known = true;
    first = ownFirst;
    second = ownSecond;
  }

  /** Starts from a state that is an object. */
  public void startWith(@Nullable Object own) {
    known = own != null;
    state = own;
  }

  /** Lets go of states that are objects. */
  public void forget() {
    state = null;
    nextState = null;
  }

  /** Whether there was a state. */
  public boolean known() {
    return known;
  }

  /** The state before the decision, if it is an object. */
  public @Nullable Object state() {
    return state;
  }

  /** Whether the request is admitted, and so changes the state. */
  public boolean allowed() {
    return allowed;
  }

  /** The first number of the state after an admission. */
  public long nextFirst() {
    return nextFirst;
  }

  /** Its second number. */
  public long nextSecond() {
    return nextSecond;
  }

  /** The state after an admission, if it is an object. */
  public @Nullable Object nextState() {
    return nextState;
  }

  /** As {@link Decision#remaining()}. */
  public long remaining() {
    return remaining;
  }

  /** As {@link Decision#retryAfterMicros()}. */
  public long retryAfterMicros() {
    return retryAfter;
  }

  /** As {@link Decision#resetAfterMicros()}. */
  public long resetAfterMicros() {
    return resetAfter;
  }

  /** The answer as a decision. */
  public Decision decision(long limit) {
    return new Decision(allowed, limit, remaining, retryAfter, resetAfter, delay, null, null);
  }

  /** The same as that of one policy alone. */
  public RequestDecision decision(ScopedPolicy policy) {
    return allowed
        ? RequestDecision.allow(policy, remaining, resetAfter, delay)
        : RequestDecision.deny(policy, remaining, retryAfter, resetAfter);
  }

  boolean allow(long nextFirst, long nextSecond, long remaining, long resetAfter) {
    this.nextFirst = nextFirst;
    this.nextSecond = nextSecond;
    nextState = null;
    return answer(true, remaining, 0, resetAfter, 0);
  }

  boolean allow(Object after, long remaining, long resetAfter) {
    nextState = after;
    return answer(true, remaining, 0, resetAfter, 0);
  }

  boolean deny(long remaining, long retryAfter, long resetAfter) {
    return answer(false, remaining, retryAfter, resetAfter, 0);
  }

  void delayBy(long micros) {
    delay = micros;
  }

  boolean answer(@Nullable Object after, Decision decision) {
    nextState = after;
    return answer(
        decision.allowed(),
        decision.remaining(),
        decision.retryAfterMicros(),
        decision.resetAfterMicros(),
        decision.delayMicros());
  }

  private boolean answer(
      boolean admits, long ownRemaining, long ownRetry, long ownReset, long ownDelay) {
    allowed = admits;
    remaining = ownRemaining;
    retryAfter = ownRetry;
    resetAfter = ownReset;
    delay = ownDelay;
    return admits;
  }
}
