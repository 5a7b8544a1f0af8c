package dev.ratelab.bench.peer;

import dev.failsafe.RateLimiter;
import dev.failsafe.RateLimiterBuilder;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.time.Duration;
import java.util.Set;

/** Failsafe's two rate limiters. */
final class FailsafePeers {
  static final Peer BURSTY = MemoryPeer.peer(
      "failsafe-bursty",
      "fixed-window",
      Set.of(Peer.Takes.COST),
      RateLimiter.class,
      setting -> opened(
          RateLimiter.burstyBuilder(setting.limit().permits(), setting.limit().window())),
      PeerBound.ofLimit(1),
      new Peer.Terms(
          "N in each period of length W since the key's first request, so 2N around a period's end",
          "no burst",
          MemoryPeer.BOOLEAN,
          "a RateLimiter" + MemoryPeer.KEYED,
          MemoryPeer.NEVER,
          MemoryPeer.LOCK));

  // What GCRA with a burst of 1 is by the interval since the last admission, this is by a grid of
  // intervals.
  static final Peer SMOOTH = MemoryPeer.peer(
      "failsafe-smooth",
      "fixed-window",
      Set.of(Peer.Takes.COST),
      RateLimiter.class,
      setting -> opened(RateLimiter.smoothBuilder(interval(setting.limit()))),
      new PeerBound(FailsafePeers::oneAnInterval, 1),
      new Peer.Terms(
          "one in each interval of length W/N since the key's first request, so two around an interval's end",
          "no burst: of N at once it admits one; W/N is cut to whole nanoseconds",
          MemoryPeer.BOOLEAN,
          "a RateLimiter" + MemoryPeer.KEYED,
          MemoryPeer.NEVER,
          MemoryPeer.LOCK));

  private FailsafePeers() {}

  private static Duration interval(Limit limit) {
    Duration exact = limit.window().dividedBy(limit.permits());
    return exact.isZero() ? Duration.ofNanos(1) : exact;
  }

  private static OracleRule oneAnInterval(Limit limit) {
    return new OracleRule(1, Math.max(1, limit.windowMicros() / limit.permits()), 1);
  }

  private static PeerLimiter opened(RateLimiterBuilder<Object> builder) {
    return new MemoryPeer<>(
        PeerLimiter.kept(key -> builder.build()),
        RateLimiter::tryAcquirePermit,
        (limiter, cost) -> Answer.of(limiter.tryAcquirePermits(Math.toIntExact(cost))));
  }
}
