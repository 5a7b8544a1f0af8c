package dev.ratelab.server.command;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.LateRedisClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.policies.Backend;
import dev.ratelab.server.policies.BackendLimiters;
import dev.ratelab.server.policies.Configuration;
import dev.ratelab.server.policies.DeadlineWarning;
import dev.ratelab.server.policies.PolicySnapshot;
import dev.ratelab.server.policies.ProbeDecision;
import dev.ratelab.server.telemetry.Telemetry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What decides in a server: its memory, and Redis where one is open. Telemetry is around the leases, which are around the guard, which is
 * around Redis.
 */
final class ServingBackend implements AutoCloseable {
  /** Longer than that of decisions: nobody waits for policies, and there may be many. */
  private static final Duration STORE_DEADLINE = Duration.ofSeconds(2);

  private final Telemetry telemetry;
  private final MemoryRateLimiter memory = RateLimiters.inMemory();
  private final BackendLimiters limiters;
  private final @Nullable Redis redis;
  private boolean memoryObserved;

  private volatile boolean closed;

  private ServingBackend(Telemetry telemetry, @Nullable Redis redis) {
    this.telemetry = telemetry;
    this.redis = redis;
    limiters = new BackendLimiters(
        telemetry.metered(memory), redis == null ? null : telemetry.metered(redis.leased));
  }

  static ServingBackend inMemory(Telemetry telemetry) {
    return new ServingBackend(telemetry, null);
  }

  /** Takes over a Redis, and closes it in the end. */
  static ServingBackend onRedis(
      RunningRedis running,
      RedisClientKind kind,
      String namespace,
      Guard guard,
      Duration deadline,
      Telemetry telemetry) {
    RedisClient direct;
    try {
      direct = LateRedisClient.connect(kind.id(), () -> kind.connect(running.address()));
    } catch (RuntimeException e) {
      running.close();
      throw e;
    }
    GuardedRateLimiter guarded = RateLimiters.guarded(telemetry.metered(direct), namespace, guard);
    telemetry.observe(guarded);
    LeasedRateLimiter leased = leased(guarded);
    telemetry.observe(leased);
    return new ServingBackend(
        telemetry,
        new Redis(
            running,
            direct,
            guarded,
            leased,
            () -> leased(RateLimiters.guarded(direct, namespace, guard)),
            new ProbeDecision(RateLimiters.onRedis(direct, namespace), deadline),
            new DeadlineWarning(direct, System::nanoTime)));
  }

  private static LeasedRateLimiter leased(GuardedRateLimiter guarded) {
    return RateLimiters.leased(guarded, TimeSource.monotonic());
  }

  private record Redis(
      RunningRedis running,
      RedisClient direct,
      GuardedRateLimiter guarded,
      RateLimiter leased,
      Supplier<RateLimiter> another,
      ProbeDecision probe,
      DeadlineWarning deadlines) {}

  BackendLimiters limiters() {
    return limiters;
  }

  /** What the started line calls it. */
  String name() {
    return redis == null
        ? "in memory"
        : "%s over %s".formatted(redis.running.address(), redis.direct.name());
  }

  /** The policies that Redis keeps. Their calls are not metered: those figures are of decisions. */
  StoredPolicies stored(String namespace) {
    if (redis == null) {
      throw new IllegalStateException("no Redis is open");
    }
    return StoredPolicies.of(redis.direct, namespace, STORE_DEADLINE);
  }

  /** Whether the backend of these policies answers, until {@link #serves} tells of others. To be used once. */
  Supplier<CompletionStage<?>> health(Configuration configuration) {
    if (redis == null) {
      return () -> CompletableFuture.completedFuture(null);
    }
    redis.probe.like(configuration);
    return telemetry.probing(
        () -> redis.probe.make().thenRun(redis.deadlines::look).exceptionally(this::unlessClosed));
  }

  /** A server that ends closes its connections, also under a decision of its own: then nothing is wrong with Redis. */
  private @Nullable Void unlessClosed(Throwable failure) {
    if (closed) {
      return null;
    }
    throw failure instanceof CompletionException known ? known : new CompletionException(failure);
  }

  void warmUp(Configuration configuration) {
    WarmUp.run(configuration, redis == null ? null : redis.another);
  }

  void serves(PolicySnapshot policies) {
    Configuration configuration = policies.configuration();
    telemetry.announce(policies.served().policies());
    if (configuration.backends().containsValue(Backend.MEMORY) && !memoryObserved) {
      memoryObserved = true;
      telemetry.observe(memory);
    }
    if (redis != null) {
      redis.guarded.shareAmong(configuration.instances());
      redis.probe.like(configuration);
      redis.deadlines.of(configuration);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (redis != null) {
      try {
        redis.direct.close();
      } finally {
        redis.running.close();
      }
    }
  }
}
