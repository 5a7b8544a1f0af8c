package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.LocalBucketBuilder;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Bucket4j in memory. */
final class Bucket4jMemory {
  static final Peer PEER = MemoryPeer.peer(
      "bucket4j",
      "token-bucket",
      Set.of(Peer.Takes.COST, Peer.Takes.CLOCK),
      Bucket.class,
      setting -> new MemoryPeer<>(
          PeerLimiter.kept(key -> bucket(setting)),
          bucket -> bucket.tryConsume(1),
          (bucket, cost) -> Bucket4jClock.answer(bucket.tryConsumeAndReturnRemaining(cost))),
      PeerBound.ofLimit(TimeUnit.MILLISECONDS.toMicros(1)),
      new Peer.Terms(
          "at most B + N·t/W in every t: a bucket of B tokens, full at first, refilled continuously, in integers",
          "its clock counts milliseconds by default; more than one permit a nanosecond is cut to one",
          "a boolean; its verbose calls add the remaining tokens and the wait",
          "a bucket" + MemoryPeer.KEYED,
          MemoryPeer.NEVER,
          "a compare-and-set loop on the bucket's state"));

  private Bucket4jMemory() {}

  private static Bucket bucket(Peer.Setting setting) {
    LocalBucketBuilder builder = Bucket.builder().addLimit(bandwidth(setting.limit()));
    TimeSource clock = setting.clock();
    if (clock != null) {
      builder.withCustomTimePrecision(new Bucket4jClock(clock));
    }
    return builder.build();
  }

  /** A limit in Bucket4j's words. */
  static Bandwidth bandwidth(Limit limit) {
    // It refuses more than one token a nanosecond.
    long permits = Math.min(limit.permits(), limit.window().toNanos());
    return Bandwidth.builder()
        .capacity(limit.burst())
        .refillGreedy(permits, limit.window())
        .build();
  }
}
