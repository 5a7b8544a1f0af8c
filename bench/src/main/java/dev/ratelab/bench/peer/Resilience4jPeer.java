package dev.ratelab.bench.peer;

import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;

/** The RateLimiter of resilience4j, from its registry. */
final class Resilience4jPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "resilience4j",
      Peer.MEMORY,
      Peer.NONE,
      "fixed-window",
      RateLimiterRegistry.class,
      Resilience4jPeer::new,
      new Peer.Terms(
          "N in each cycle of length W since the key's first request, so 2N around a cycle's end",
          "no burst",
          "a boolean",
          "a name in the RateLimiterRegistry",
          "never",
          "a compare-and-set loop on the limiter's state"));

  private final RateLimiterRegistry registry;

  private Resilience4jPeer(Peer.Setting setting) {
    registry = RateLimiterRegistry.of(RateLimiterConfig.custom()
        .limitForPeriod(Math.toIntExact(setting.limit().permits()))
        .limitRefreshPeriod(setting.limit().window())
        .timeoutDuration(Duration.ZERO)
        .build());
  }

  @Override
  public boolean tryAcquire(String key) {
    return registry.rateLimiter(key).acquirePermission();
  }
}
