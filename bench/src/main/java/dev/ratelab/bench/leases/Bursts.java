package dev.ratelab.bench.leases;

import dev.ratelab.bench.leases.SharedLoad.Arrival;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Arrivals that bring leases near their bound. First every instance is asked so much that its blocks grow; then a silence fills the
 * counter, of a window or of as long as a block's size is known; then each borrows a block, and just before that is over all of it and all
 * that the counter has is asked for at once, and twice the limit for a window.
 */
final class Bursts {
  private static final long GROWING_MICROS = 50_000;
  private static final long AT_ONCE_MICROS = 5_000;

  /** So much before a block's end, or before its size is forgotten: a scheduler's pause must fit in. */
  private static final long MARGIN_MICROS = 20_000;

  private Bursts() {}

  static Duration length(long lease, long window) {
    return Duration.ofMillis((GROWING_MICROS + 2 * window + lease) / 1_000);
  }

  /** The least begin, in microseconds, by which a window of the clock ends when all was asked for at once. */
  static long toWindowEnd(Policy policy) {
    long window = policy.limit().windowMicros();
    return Math.floorMod(-(burst(policy) + AT_ONCE_MICROS), window);
  }

  private static long burst(Policy policy) {
    Lease lease = policy.lease();
    long held = lease == null ? MARGIN_MICROS : lease.micros();
    return GROWING_MICROS + silence(policy) + held - MARGIN_MICROS;
  }

  /** An instance forgets the size of a block two leases after it asked for it. */
  private static long silence(Policy policy) {
    Lease lease = policy.lease();
    long window = policy.limit().windowMicros();
    return lease == null
        ? window
        : Math.min(window, 2 * lease.micros() - GROWING_MICROS - MARGIN_MICROS);
  }

  /** Those of a policy, in their order. */
  static List<Arrival> arrivals(Policy policy, int instances) {
    Lease lease = policy.lease();
    long permits = policy.limit().permits();
    long window = policy.limit().windowMicros();
    long block = lease == null ? 1 : lease.permits();
    List<Arrival> arrivals = new ArrayList<>();
    long silence = silence(policy);
    // The silence must fill again what was borrowed: about twice what was asked for, as blocks
    // grow.
    long growing = Math.min(2 * block * instances, permits * silence / window / 2);
    spread(arrivals, 0, GROWING_MICROS, growing, instances);
    spread(arrivals, GROWING_MICROS + silence, 1, instances, instances);
    long burst = burst(policy);
    spread(arrivals, burst, AT_ONCE_MICROS, block * instances + permits, instances);
    spread(arrivals, burst + AT_ONCE_MICROS, window, 2 * permits, instances);
    return arrivals;
  }

  private static void spread(
      List<Arrival> arrivals, long from, long length, long requests, int instances) {
    for (long i = 0; i < requests; i++) {
      arrivals.add(new Arrival(
          1_000 * (from + length * i / requests), (int) (i % instances), KeySequence.name(0)));
    }
  }
}
