package dev.ratelab.server.policies;

import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis can answer within the deadlines of the policies that are decided there. Each whose deadline is over before the fastest of
 * some empty calls is answered is warned of, once Redis answers.
 */
public final class DeadlineWarning {
  private static final Logger LOG = LoggerFactory.getLogger(DeadlineWarning.class);
  private static final int PINGS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final RedisClient redis;
  private final LongSupplier nanoTime;
  private final AtomicReference<@Nullable List<ScopedPolicy>> untried = new AtomicReference<>();

  public DeadlineWarning(RedisClient redis, LongSupplier nanoTime) {
    this.redis = redis;
    this.nanoTime = nanoTime;
  }

  /** These policies are served from now on. */
  public void of(Configuration configuration) {
    untried.set(configuration.policies().all().stream()
        .filter(policy -> configuration.backends().get(policy.name()) == Backend.REDIS)
        .toList());
    look();
  }

  /** Redis may answer now. Does not wait for that. */
  public void look() {
    List<ScopedPolicy> policies = untried.getAndSet(null);
    if (policies != null && !policies.isEmpty()) {
      var unused = fastest(PINGS, Long.MAX_VALUE).whenComplete((fastest, failure) -> {
        if (failure == null) {
          warn(policies, fastest);
        } else {
          // That Redis does not answer is told elsewhere.
          untried.compareAndSet(null, policies);
        }
      });
    }
  }

  private CompletionStage<Long> fastest(int pings, long nanos) {
    if (pings == 0) {
      return CompletableFuture.completedStage(nanos);
    }
    long start = nanoTime.getAsLong();
    return redis
        .ping(PATIENCE)
        .thenCompose(pong -> fastest(pings - 1, Math.min(nanos, nanoTime.getAsLong() - start)));
  }

  private static void warn(List<ScopedPolicy> policies, long fastest) {
    for (ScopedPolicy policy : policies) {
      long deadline = policy.policy().deadline().toNanos();
      if (deadline < fastest) {
        LOG.atWarn()
            .addKeyValue("event", "deadline_too_short")
            .addKeyValue("policy", policy.name())
            .log(
                "policy %s: its deadline of %s us is under the %s us that Redis takes for an empty call, so its failure policy decides"
                    .formatted(policy.name(), deadline / 1_000, fastest / 1_000));
      }
    }
  }
}
