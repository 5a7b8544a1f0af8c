package dev.ratelab.bench.throughput;

import java.io.Serializable;

/**
 * What a subject did in a turn.
 *
 * @param decisions how many
 * @param perSecond decisions a second, all threads together
 * @param processorMicros processor time of the asking process for a decision
 * @param bytes heap that the asking threads allocated for a decision
 */
public record Turn(long decisions, double perSecond, double processorMicros, double bytes)
    implements Serializable {
  /** Nothing yet: a worker is ready. */
  static final Turn NONE = new Turn(0, 0, 0, 0);
}
