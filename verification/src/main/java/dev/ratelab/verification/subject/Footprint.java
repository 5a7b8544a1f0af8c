package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;

/**
 * A decision and what it left behind.
 *
 * @param decision the answer
 * @param changed whether the stored state or its expiry is another than before
 * @param lifeMicros how long the state will be kept if nothing else arrives, in microseconds, to the store's resolution;
 *     0 if nothing is stored, {@link #FOREVER} if it is kept without end
 */
public record Footprint(Decision decision, boolean changed, long lifeMicros) {
  public static final long FOREVER = Long.MAX_VALUE;
}
