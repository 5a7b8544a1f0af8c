package dev.ratelab.bench.peer;

import dev.failsafe.RateLimiter;
import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/** Failsafe's two rate limiters. */
final class FailsafePeer implements PeerLimiter {
  private static final String DECISION = "a boolean";
  private static final String KEYED = "a RateLimiter for each key in a ConcurrentHashMap";
  private static final String EXPIRY = "never";
  private static final String ATOMICITY = "a lock for each key";

  static final Peer BURSTY = new Peer(
      "failsafe-bursty",
      Peer.MEMORY,
      Peer.NONE,
      "fixed-window",
      RateLimiter.class,
      setting -> new FailsafePeer(() -> bursty(setting.limit())),
      new Peer.Terms(
          "N in each period of length W since the key's first request, so 2N around a period's end",
          "no burst",
          DECISION,
          KEYED,
          EXPIRY,
          ATOMICITY));

  // What GCRA with a burst of 1 is by the interval since the last admission, this is by a grid of
  // intervals.
  static final Peer SMOOTH = new Peer(
      "failsafe-smooth",
      Peer.MEMORY,
      Peer.NONE,
      "fixed-window",
      RateLimiter.class,
      setting -> new FailsafePeer(() -> smooth(setting.limit())),
      new Peer.Terms(
          "one in each interval of length W/N since the key's first request, so two around an interval's end",
          "no burst: of N at once it admits one; W/N is cut to whole nanoseconds",
          DECISION,
          KEYED,
          EXPIRY,
          ATOMICITY));

  private final ConcurrentMap<String, RateLimiter<Object>> limiters = new ConcurrentHashMap<>();
  private final Supplier<RateLimiter<Object>> fresh;

  private FailsafePeer(Supplier<RateLimiter<Object>> fresh) {
    this.fresh = fresh;
  }

  private static RateLimiter<Object> bursty(Limit limit) {
    return RateLimiter.burstyBuilder(limit.permits(), limit.window()).build();
  }

  private static RateLimiter<Object> smooth(Limit limit) {
    Duration interval = limit.window().dividedBy(limit.permits());
    return RateLimiter.smoothBuilder(interval.isZero() ? Duration.ofNanos(1) : interval)
        .build();
  }

  @Override
  public boolean tryAcquire(String key) {
    RateLimiter<Object> limiter = limiters.get(key);
    if (limiter == null) {
      limiter = limiters.computeIfAbsent(key, k -> fresh.get());
    }
    return limiter.tryAcquirePermit();
  }
}
