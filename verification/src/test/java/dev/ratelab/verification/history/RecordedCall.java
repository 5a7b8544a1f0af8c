package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import org.jspecify.annotations.Nullable;

/**
 * One check as its caller saw it. What is called at one instant and what returned at the same one count as simultaneous.
 *
 * @param key the key that was checked
 * @param at the limiter's time, in microseconds
 * @param cost the request's weight
 * @param invoked when the call began, in nanoseconds since an origin that the whole history shares
 * @param returned when the answer was there, not before {@code invoked}; {@link #NEVER} if the backend gave none
 * @param decision what the algorithm decided, or null if nobody knows: the call may have taken effect at any time since
 *     it began, may still do so, or never
 */
public record RecordedCall(
    String key,
    long at,
    long cost,
    long invoked,
    long returned,
    @Nullable Decision decision) {
  /** The return of a call whose outcome is unknown. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Throws if an operation returned before it was invoked, or has a decision and no return, or the reverse. */
  public RecordedCall {
    if (returned < invoked) {
      throw new IllegalArgumentException(
          "returned at %s, invoked at %s; accepted: not before".formatted(returned, invoked));
    }
    if ((decision == null) != (returned == NEVER)) {
      throw new IllegalArgumentException(
          "an operation has both a decision and a return, or neither");
    }
  }

  /** A call that ended with a failure policy's answer, or with none. */
  public static RecordedCall undecided(String key, long at, long cost, long invoked) {
    return new RecordedCall(key, at, cost, invoked, NEVER, null);
  }
}
