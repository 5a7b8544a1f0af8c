package dev.ratelab.verification.oracle;

/**
 * {@code CL.THROTTLE key B-1 N W c}, of redis-cell: a GCRA whose emission interval is W/N cut to whole nanoseconds. Where W/N is no whole
 * number of them, it refills that much faster than N per W.
 */
final class ThrottleModel extends GcraModel {
  private static final long NANOS = 1_000;

  ThrottleModel(OracleRule rule) {
    super(new OracleRule(
        NANOS, Math.multiplyExact(rule.window(), NANOS) / rule.permits(), rule.burst()));
  }
}
