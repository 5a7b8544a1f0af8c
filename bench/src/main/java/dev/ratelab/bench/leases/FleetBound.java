package dev.ratelab.bench.leases;

import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;

/**
 * The most that all instances together admit of one counter: min(E(τ+L-1), E(τ)+n·b), with E the algorithm's own bound;
 * docs/leases.md has the proof.
 *
 * @param instances n
 */
record FleetBound(Policy policy, int instances) {
  /** In any τ microseconds, τ over 0. */
  long at(long tau) {
    Lease lease = policy.lease();
    long central = central(tau);
    return lease == null
        ? central
        : Math.min(central(tau + lease.micros() - 1), central + instances * lease.permits());
  }

  /** What the algorithm by itself admits. */
  long central(long tau) {
    return oracle().bound(tau).longValueExact();
  }

  private Oracle oracle() {
    return Oracle.of(
        policy.algorithm().id(),
        new OracleRule(
            policy.limit().permits(),
            policy.limit().windowMicros(),
            policy.limit().burst(),
            policy.limit().buckets()));
  }
}
