package dev.ratelab.server.policies;

import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A decision of the server's own, which needs of Redis what the checks need: the scripts of all algorithms that are served, on a key of
 * the namespace. Its limit is so small a window that it is admitted, and so written, each time.
 */
public final class ProbeDecision {
  private static final Limit LIMIT = Limit.of(1, Duration.ofMillis(1));

  private final RedisRateLimiter redis;
  private final Duration deadline;
  /** Another one in each process, so that they do not deny one another. */
  private final String key = "own-" + UUID.randomUUID();

  private volatile @Nullable Request request;

  public ProbeDecision(RedisRateLimiter redis, Duration deadline) {
    this.redis = redis;
    this.deadline = deadline;
  }

  /** From now on it needs what these policies need. */
  public void like(Configuration configuration) {
    List<ScopedPolicy> policies = policies(configuration, Backend.REDIS, deadline);
    request = policies.isEmpty() ? null : new Request(null, key, 1, policies);
  }

  /** For each algorithm that a backend decides by, a policy under which the server asks it for decisions of its own. */
  public static List<ScopedPolicy> policies(
      Configuration configuration, Backend backend, Duration deadline) {
    return configuration.policies().all().stream()
        .map(ScopedPolicy::policy)
        .filter(policy -> configuration.backends().get(policy.name()) == backend)
        .map(Policy::algorithm)
        .distinct()
        .map(algorithm -> ScopedPolicy.perKey(new Policy(
            "own-" + algorithm.id(), algorithm, LIMIT, FailurePolicy.FAIL_CLOSED, deadline)))
        .toList();
  }

  /** Makes it. Completes exceptionally if Redis does not. */
  public CompletionStage<?> make() {
    Request own = request;
    return own == null ? CompletableFuture.completedFuture(null) : redis.decide(own);
  }
}
