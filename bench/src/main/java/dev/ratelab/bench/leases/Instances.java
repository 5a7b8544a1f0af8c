package dev.ratelab.bench.leases;

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
import dev.ratelab.limiter.redis.RedisClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Several instances of one application, each with a limiter and a client of its own, that share the counters of one policy. */
final class Instances implements AutoCloseable {
  private static final TimeSource CLOCK = TimeSource.monotonic();

  private final ScopedPolicy policy;
  private final List<CountedClient> clients = new ArrayList<>();
  private final List<RateLimiter> limiters = new ArrayList<>();
  private final List<LeasedRateLimiter> leased = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();

  /** A request of cost 1, and what became of it; instants are microseconds of this machine's monotone clock. */
  static final class Sent {
    private final String key;
    private final long at;
    private final CompletableFuture<RequestDecision> decision;
    private volatile long answered;

    private Sent(String key, long at, RateLimiter limiter, Request request) {
      this.key = key;
      this.at = at;
      decision = limiter
          .checkAsync(request)
          .whenComplete((answer, failure) -> answered = CLOCK.micros())
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
      return decision.join().allowed();
    }

    /** Whether a failure policy answered, because Redis did not. */
    boolean undecided() {
      return decision.join().decision().decidedBy() != null;
    }
  }

  /** Asks nothing yet; each of these limiters is an instance's. */
  Instances(Policy policy, List<RateLimiter> limiters) {
    this.policy = ScopedPolicy.perKey(policy);
    this.limiters.addAll(limiters);
  }

  /**
   * Instances on one Redis, leased if the policy is.
   *
   * @param clients one for each, to share with other policies
   */
  static Instances on(List<RedisClient> clients, String namespace, Policy policy) {
    Instances instances = new Instances(policy, List.of());
    for (RedisClient client : clients) {
      CountedClient counted = new CountedClient(client);
      instances.clients.add(counted);
      GuardedRateLimiter guarded = RateLimiters.guarded(counted, namespace, Guard.defaults());
      if (policy.lease() == null) {
        instances.limiters.add(guarded);
      } else {
        LeasedRateLimiter leasing = RateLimiters.leased(guarded, CLOCK);
        instances.leased.add(leasing);
        instances.limiters.add(leasing);
      }
    }
    return instances;
  }

  Policy policy() {
    return policy.policy();
  }

  FleetBound bound() {
    return new FleetBound(policy.policy(), limiters.size());
  }

  /** Sends a request to one of them without waiting. */
  void send(int instance, String key) {
    long now = CLOCK.micros();
    sent.add(new Sent(key, now, limiters.get(instance), Request.of(policy, key, 1)));
  }

  /** All requests in the order sent, when all are answered. */
  List<Sent> answered() {
    sent.forEach(one -> one.decision.join());
    return sent;
  }

  /** Redis' scripts that all of them have called. */
  long scripts() {
    return clients.stream().mapToLong(CountedClient::scripts).sum();
  }

  /** How many permits all of them have borrowed. */
  long borrowed() {
    return leased.stream().mapToLong(LeasedRateLimiter::borrowed).sum();
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
