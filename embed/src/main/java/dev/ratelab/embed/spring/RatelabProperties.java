package dev.ratelab.embed.spring;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What {@code ratelab.*} configures.
 *
 * @param limit permits per window; without it nothing is limited
 * @param window the window, such as 10s or 500ms
 * @param burst what token-bucket, gcra and leaky-bucket admit in one instant; the limit unless set
 * @param buckets how many parts of its window sliding-window-buckets counts apart
 * @param algorithm such as gcra or sliding-window-log
 * @param policy the policy's name, in Redis keys and RateLimit fields
 * @param onFailure fail-closed or fail-open: what is answered when Redis does not
 * @param deadline the longest that a decision waits for Redis
 * @param leasePermits the most permits that an instance holds of one key's limit, to decide by itself; needs Redis and leaseFor
 * @param leaseFor how long it may spend what it has borrowed
 * @param redis redis://[user:pass@]host:port, where all instances count together; in this process's memory unless set
 * @param namespace the first part of every Redis key
 * @param urlPatterns what is limited, as servlets map it
 * @param order of the filter; by default just before Spring Security, so that logins are limited
 */
@ConfigurationProperties("ratelab")
public record RatelabProperties(
    long limit,
    @DefaultValue("1s") Duration window,
    @Nullable Long burst,
    @DefaultValue("" + Limit.DEFAULT_BUCKETS) int buckets,
    @DefaultValue("gcra") Algorithm algorithm,
    @DefaultValue("default") String policy,
    @DefaultValue("fail-closed") FailurePolicy onFailure,
    @DefaultValue("250ms") Duration deadline,
    @Nullable Long leasePermits,
    @Nullable Duration leaseFor,
    @Nullable String redis,
    @DefaultValue("ratelab") String namespace,
    @DefaultValue("/*") List<String> urlPatterns,
    @DefaultValue("-101") int order) {

  /** The policy that is configured. Throws if there can be no such policy. */
  Policy toPolicy() {
    if (onFailure == FailurePolicy.LOCAL) {
      throw new IllegalArgumentException(
          "ratelab.on-failure is local, and there is no limiter here to take over; accepted: fail-closed, fail-open");
    }
    Limit configured = Limit.of(limit, window).withBuckets(buckets);
    return new Policy(
        policy,
        algorithm,
        burst == null ? configured : configured.withBurst(burst),
        onFailure,
        deadline,
        lease());
  }

  private @Nullable Lease lease() {
    if (leasePermits == null && leaseFor == null) {
      return null;
    }
    if (leasePermits == null || leaseFor == null) {
      throw new IllegalArgumentException(
          "a lease has permits and a time; accepted: ratelab.lease-permits and ratelab.lease-for");
    }
    return Lease.of(leasePermits, leaseFor);
  }
}
