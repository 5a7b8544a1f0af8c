package dev.ratelab.bench.peer;

import dev.ratelab.limiter.TimeSource;
import dev.ratelab.verification.conform.tested.Answer;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/** Resilience4j's RateLimiter. */
final class Resilience4jPeer {
  static final Peer PEER = MemoryPeer.peer(
      "resilience4j",
      "fixed-window",
      Set.of(Peer.Takes.COST, Peer.Takes.CLOCK),
      RateLimiterRegistry.class,
      setting -> new MemoryPeer<>(
          limiters(setting),
          RateLimiter::acquirePermission,
          (limiter, cost) -> Answer.of(limiter.acquirePermission(Math.toIntExact(cost)))),
      PeerBound.ofLimit(1),
      new Peer.Terms(
          "N in each cycle of length W since the key's first request, so 2N around a cycle's end",
          "no burst",
          MemoryPeer.BOOLEAN,
          "a name in the RateLimiterRegistry",
          MemoryPeer.NEVER,
          "a compare-and-set loop on the limiter's state"));

  private Resilience4jPeer() {}

  private static Function<String, RateLimiter> limiters(Peer.Setting setting) {
    RateLimiterConfig config = RateLimiterConfig.custom()
        .limitForPeriod(Math.toIntExact(setting.limit().permits()))
        .limitRefreshPeriod(setting.limit().window())
        .timeoutDuration(Duration.ZERO)
        .build();
    TimeSource clock = setting.clock();
    // A registry hands no clock on.
    return clock == null
        ? RateLimiterRegistry.of(config)::rateLimiter
        : PeerLimiter.kept(
            key -> new AtomicRateLimiter("on a given clock", config, () -> clock.micros() * 1_000));
  }
}
