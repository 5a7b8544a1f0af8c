package dev.ratelab.bench.peer;

import io.github.bucket4j.Bucket;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Bucket4j in memory: a lock-free bucket for each key, which is its default. */
final class Bucket4jMemoryPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "bucket4j",
      Peer.MEMORY,
      Peer.NONE,
      "token-bucket",
      Bucket.class,
      Bucket4jMemoryPeer::new,
      new Peer.Terms(
          "at most B + N·t/W in every t: a bucket of B tokens, full at first, refilled continuously, in integers",
          "its clock counts milliseconds by default; more than one permit a nanosecond is cut to one",
          "a boolean; its verbose calls add the remaining tokens and the wait",
          "a bucket for each key in a ConcurrentHashMap",
          "never",
          "a compare-and-set loop on the bucket's state"));

  private final ConcurrentMap<String, Bucket> buckets = new ConcurrentHashMap<>();
  private final Peer.Setting setting;

  private Bucket4jMemoryPeer(Peer.Setting setting) {
    this.setting = setting;
  }

  @Override
  public boolean tryAcquire(String key) {
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      bucket = buckets.computeIfAbsent(key, this::bucket);
    }
    return bucket.tryConsume(1);
  }

  private Bucket bucket(String key) {
    return Bucket.builder().addLimit(Bucket4jLimit.of(setting.limit())).build();
  }
}
