package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import io.github.bucket4j.BucketConfiguration;
import java.time.Duration;

/** What Bucket4j's two clients share. */
final class Bucket4jRedis {
  /** The value of its documentation's example. */
  static final Duration KEPT_AFTER_REFILL = Duration.ofSeconds(10);

  private static final String PROMISE =
      "at most B + N·t/W in every t by the callers' clocks: a bucket of B tokens, full at first, refilled continuously";
  private static final String DIFFERENCE =
      "the time is the caller's, in milliseconds; more than one permit a nanosecond is cut to one";
  private static final String DECISION =
      "a boolean; its verbose calls add the remaining tokens and the wait";
  private static final String EXPIRY = "10 s after the bucket would be full";

  static final Peer.Terms TERMS = new Peer.Terms(
      PROMISE,
      DIFFERENCE,
      DECISION,
      "a proxy for each call, from a ProxyManager",
      EXPIRY,
      "GET, then a compare-and-set by EVAL if the state changes, again from the start if another was faster: 2 round trips or more");

  /**
   * Its fastest settings whose decisions are still right: {@code Optimizations.batching()}, described by its javadoc, on proxies
   * that are kept, as that of {@code RemoteBucketBuilder.withOptimization} demands. Delaying and predicting are faster still,
   * but may admit more than the limit, as the javadoc of {@code Optimizations.predicting} says.
   */
  static final Peer.Terms TUNED_TERMS = new Peer.Terms(
      PROMISE,
      DIFFERENCE,
      DECISION,
      "a proxy for each key in a ConcurrentHashMap, which joins concurrent requests of this process for its key (batching)",
      EXPIRY + "; the proxies never",
      "as bucket4j, but one exchange decides all requests that came for the key meanwhile");

  private Bucket4jRedis() {}

  static BucketConfiguration configuration(Limit limit) {
    return BucketConfiguration.builder().addLimit(MemoryPeer.bandwidth(limit)).build();
  }
}
