package dev.ratelab.bench.throughput;

import java.io.Serializable;

/**
 * What a subject did in a turn.
 *
 * @param decisions how many
 * @param perSecond decisions a second, all threads together
 * @param processorMicros processor time of the asking process for a decision
 * @param bytes heap that the asking threads allocated for a decision
 * @param serverMicros processor time of Redis for a decision; 0 in memory
 */
public record Turn(
    long decisions, double perSecond, double processorMicros, double bytes, double serverMicros)
    implements Serializable {
  /** Nothing yet: a worker is ready. */
  static final Turn NONE = new Turn(0, 0, 0, 0, 0);

  /** The same, during which Redis took so much processor time in all. */
  Turn served(double micros) {
    return new Turn(decisions, perSecond, processorMicros, bytes, micros / decisions);
  }
}
