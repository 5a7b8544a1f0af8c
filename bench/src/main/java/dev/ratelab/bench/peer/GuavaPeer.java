package dev.ratelab.bench.peer;

import com.google.common.util.concurrent.RateLimiter;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/** Guava's RateLimiter without warm-up. */
// Guava marks it @Beta: what it is called may change.
@SuppressWarnings("UnstableApiUsage")
final class GuavaPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "guava",
      Peer.MEMORY,
      Peer.NONE,
      "token-bucket",
      RateLimiter.class,
      GuavaPeer::new,
      new Peer.Terms(
          "at most R·(1 s + t) + 1 in every t, R = N/W: a bucket of a second's permits, empty at first, that lends one",
          "the burst is that of one second whatever W and B are, and a key's first request is followed by a pause of W/N",
          "a boolean",
          "a RateLimiter for each key in a ConcurrentHashMap",
          "never",
          "a lock for each key"));

  private final ConcurrentMap<String, RateLimiter> limiters = new ConcurrentHashMap<>();
  private final double perSecond;

  private GuavaPeer(Peer.Setting setting) {
    perSecond = (double) setting.limit().permits()
        * TimeUnit.SECONDS.toMicros(1)
        / setting.limit().windowMicros();
  }

  @Override
  public boolean tryAcquire(String key) {
    RateLimiter limiter = limiters.get(key);
    if (limiter == null) {
      limiter = limiters.computeIfAbsent(key, k -> RateLimiter.create(perSecond));
    }
    return limiter.tryAcquire();
  }
}
