package dev.ratelab.bench.leases;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/** Several instances of one application, each with a limiter and a client of its own, that share the counters of one policy. */
final class Instances implements AutoCloseable {
  private final ScopedPolicy policy;
  private final TimeSource clock;
  private final List<LongSupplier> calls = new ArrayList<>();
  private final List<RateLimiter> limiters = new ArrayList<>();
  private final List<LeasedRateLimiter> leased = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();

  /** A request of cost 1, and what became of it; instants are microseconds of the instances' clock. */
  static final class Sent {
    private final String key;
    private final long at;
    private final CompletableFuture<RequestDecision> decision;
    private volatile long answered;
    private volatile boolean admitted;
    private volatile boolean undecided;

    private Sent(String key, TimeSource clock, RateLimiter limiter, Request request) {
      this.key = key;
      at = clock.micros();
      decision = limiter
          .checkAsync(request)
          .whenComplete((answer, failure) -> {
            answered = clock.micros();
            // A failure shows when it is waited for.
            admitted = answer != null && answer.allowed();
            undecided = answer != null && answer.decision().decidedBy() != null;
          })
          .toCompletableFuture();
    }

    String key() {
      return key;
    }

    /** Before it was sent. */
    long at() {
      return at;
    }

    /** After it was answered. */
    long answered() {
      return answered;
    }

    boolean admitted() {
      return admitted;
    }

    /** Whether a failure policy answered, because Redis did not. */
    boolean undecided() {
      return undecided;
    }
  }

  /** Asks nothing yet; each of these limiters is an instance's. */
  Instances(Policy policy, TimeSource clock, List<RateLimiter> limiters) {
    this.policy = ScopedPolicy.perKey(policy);
    this.clock = clock;
    this.limiters.addAll(limiters);
  }

  /**
   * Instances on one Redis and the real clock, leased if the policy is.
   *
   * @param clients one for each, to share with other policies
   */
  static Instances on(List<RedisClient> clients, String namespace, Policy policy) {
    Instances instances = new Instances(policy, TimeSource.monotonic(), List.of());
    for (RedisClient client : clients) {
      LongAdder scripts = new LongAdder();
      instances.calls.add(scripts::sum);
      RedisClient counted = new ForwardingClient(client, script -> {
        scripts.increment();
        return script;
      });
      GuardedRateLimiter guarded = RateLimiters.guarded(counted, namespace, Guard.defaults());
      instances.add(guarded, guarded::answer);
    }
    return instances;
  }

  /** So many on one Redis in virtual time. */
  static Instances on(VirtualRedis redis, int count, Policy policy) {
    Instances instances = new Instances(policy, redis, List.of());
    instances.calls.add(redis::calls);
    for (int i = 0; i < count; i++) {
      instances.add(redis::decide, RequestDecision::undecided);
    }
    return instances;
  }

  private void add(RateLimiter asked, BiFunction<Request, FailureReason, RequestDecision> failing) {
    if (policy.policy().lease() == null) {
      limiters.add(asked);
    } else {
      LeasedRateLimiter leasing = RateLimiters.leased(asked, failing, clock);
      leased.add(leasing);
      limiters.add(leasing);
    }
  }

  Policy policy() {
    return policy.policy();
  }

  FleetBound bound() {
    return FleetBound.of(policy.policy(), limiters.size());
  }

  /** Sends a request to one of them without waiting. */
  void send(int instance, String key) {
    sent.add(new Sent(key, clock, limiters.get(instance), Request.of(policy, key, 1)));
  }

  /** All requests in the order sent, when all are answered. */
  List<Sent> answered() {
    sent.forEach(one -> one.decision.join());
    return sent;
  }

  /** Redis' scripts that all of them have called. */
  long scripts() {
    return calls.stream().mapToLong(LongSupplier::getAsLong).sum();
  }

  /** How many permits all of them have borrowed. */
  long borrowed() {
    return leased.stream().mapToLong(LeasedRateLimiter::borrowed).sum();
  }

  /** How many of those were over before they were spent. */
  long lapsed() {
    return leased.stream().mapToLong(LeasedRateLimiter::lapsed).sum();
  }

  /** How many requests were admitted by what was borrowed. */
  long admittedHere() {
    return leased.stream().mapToLong(LeasedRateLimiter::admittedHere).sum();
  }

  @Override
  public void close() {
    limiters.forEach(RateLimiter::close);
  }
}
