package dev.ratelab.bench.peer;

import com.google.common.util.concurrent.RateLimiter;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Guava's RateLimiter. */
// Guava marks it @Beta: what it is called may change.
@SuppressWarnings("UnstableApiUsage")
final class GuavaPeer {
  static final Peer PEER = MemoryPeer.peer(
      "guava",
      "token-bucket",
      Set.of(Peer.Takes.COST),
      RateLimiter.class,
      setting -> new MemoryPeer<>(
          PeerLimiter.kept(key -> RateLimiter.create(perSecond(setting.limit()))),
          RateLimiter::tryAcquire,
          (limiter, cost) -> Answer.of(limiter.tryAcquire(Math.toIntExact(cost)))),
      new PeerBound(GuavaPeer::aSecondAndALoan, 1),
      new Peer.Terms(
          "at most R·(1 s + t) + 1 in every t, R = N/W: a bucket of a second's permits, empty at first, that lends one",
          "the burst is that of one second whatever W and B are, and a key's first request is followed by a pause of W/N",
          MemoryPeer.BOOLEAN,
          "a RateLimiter" + MemoryPeer.KEYED,
          MemoryPeer.NEVER,
          MemoryPeer.LOCK));

  private GuavaPeer() {}

  private static double perSecond(Limit limit) {
    return (double) limit.permits() * TimeUnit.SECONDS.toMicros(1) / limit.windowMicros();
  }

  private static OracleRule aSecondAndALoan(Limit limit) {
    long stored = (long) Math.ceil(perSecond(limit));
    return new OracleRule(limit.permits(), limit.windowMicros(), stored + 1);
  }
}
