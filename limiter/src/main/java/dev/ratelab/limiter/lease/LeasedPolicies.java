package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is known of each policy that has a lease. Thread-safe. */
final class LeasedPolicies {
  private static final int MOST = 1 << 16;

  private final KeyHash names;

  /** Forgotten when there are very many, since policies may change for ever. */
  private final Map<Policy, LeasedPolicy> known = new ConcurrentHashMap<>();

  /** Those asked last, found without comparing policies. One never changes, so a race loses nothing. */
  private final @Nullable LeasedPolicy[] recent = new LeasedPolicy[64];

  LeasedPolicies(KeyHash names) {
    this.names = names;
  }

  /** Which counter a request is charged to under one of its policies. */
  Hashed counter(Request request, ScopedPolicy asked) {
    return of(asked.policy()).counter(asked.scope(), request);
  }

  @SuppressWarnings("ReferenceEquality") // an equal policy is found in the map
  LeasedPolicy of(Policy policy) {
    int place = System.identityHashCode(policy) & recent.length - 1;
    LeasedPolicy last = recent[place];
    if (last != null && last.policy == policy) {
      return last;
    }
    if (known.size() >= MOST) {
      known.clear();
    }
    LeasedPolicy found = known.computeIfAbsent(policy, absent -> new LeasedPolicy(absent, names));
    if (found.policy == policy) {
      recent[place] = found;
    }
    return found;
  }
}
