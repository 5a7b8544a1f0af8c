package dev.ratelab.bench.leases;

import dev.ratelab.bench.PolicyOracle;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.oracle.Oracle;
import org.jspecify.annotations.Nullable;

/**
 * The most that all instances together admit of one counter: min(E(τ+L-1), E(τ)+n·b), with E the algorithm's own bound;
 * docs/leases.md has the proof.
 *
 * @param instances n
 */
record FleetBound(Oracle oracle, @Nullable Lease lease, int instances) {
  static FleetBound of(Policy policy, int instances) {
    Oracle oracle = PolicyOracle.of(policy.algorithm(), policy.limit());
    return new FleetBound(oracle, policy.lease(), instances);
  }

  /** In any τ microseconds, τ over 0. */
  long at(long tau) {
    long central = central(tau);
    return lease == null
        ? central
        : Math.min(central(tau + lease.micros() - 1), central + instances * lease.permits());
  }

  /** What the algorithm by itself admits. */
  long central(long tau) {
    return oracle.bound(tau).longValueExact();
  }
}
