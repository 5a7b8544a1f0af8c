package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Policies whose counters live in Redis: one script call per request, whatever the number of its policies, on the server's clock.
 * A request of one policy runs that algorithm's own script; one of several runs the joint script, which writes only after
 * all have admitted. When Redis does not answer by the shortest deadline of the policies, the failure policy of each does.
 *
 * <p>In a cluster what is decided together must lie in one slot. All counters of a tenant do: the tenant is the hash tag, and
 * so one node serves all of a tenant's requests. Those of a request without a tenant lie in the slot of its key.
 */
public final class RedisRateLimiter implements RateLimiter {
  private static final Script JOINT = Script.joint();
  private static final Map<Algorithm, Script> SINGLE =
      Arrays.stream(Algorithm.values()).collect(Collectors.toMap(each -> each, Script::of));
  private static final int REPLY_LENGTH = 5;
  private static final int MAX_PREFIXES = 1 << 16;

  private final RedisClient client;
  private final String namespace;
  private final @Nullable TimeSource time;
  /** A policy's hash is not taken for each request anew. Forgotten when there are very many, since policies may change for ever. */
  private final Map<Policy, String> prefixes = new ConcurrentHashMap<>();

  private final LongAdder failures = new LongAdder();

  private RedisRateLimiter(RedisClient client, String namespace, @Nullable TimeSource time) {
    Policy.requireName("namespace", namespace);
    this.client = client;
    this.namespace = namespace;
    this.time = time;
  }

  /**
   * A limiter on the Redis server's clock.
   *
   * @param client stays the caller's to close
   * @param namespace keeps applications on one Redis apart: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static RedisRateLimiter of(RedisClient client, String namespace) {
    return new RedisRateLimiter(client, namespace, null);
  }

  /**
   * A limiter on a clock of the caller's, for tests and experiments, as {@link RedisPolicyLimiter#of(Policy, RedisClient, String,
   * TimeSource)}.
   *
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static RedisRateLimiter of(RedisClient client, String namespace, TimeSource time) {
    return new RedisRateLimiter(client, namespace, time);
  }

  @Override
  public RequestDecision check(Request request) {
    if (request.asked().isEmpty()) {
      return RequestDecision.of(request, List.of());
    }
    try {
      return decision(
          request,
          client.run(script(request), keys(request), arguments(request), request.deadline()));
    } catch (RedisFailure e) {
      return undecided(request, e);
    }
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    if (request.asked().isEmpty()) {
      return CompletableFuture.completedFuture(RequestDecision.of(request, List.of()));
    }
    return decide(request).exceptionally(failure -> undecided(request, failure));
  }

  /**
   * As {@link #checkAsync}, without the failure policies.
   *
   * @return completes exceptionally with a {@link RedisFailure} if Redis does not decide
   */
  public CompletionStage<RequestDecision> decide(Request request) {
    return client
        .runAsync(script(request), keys(request), arguments(request), request.deadline())
        .handle((reply, failure) -> {
          if (failure != null) {
            throw failure(failure);
          }
          return decision(request, reply);
        });
  }

  /**
   * The Redis key of a policy's counter: {@code namespace:policy:rule:{tenant}:key}, or {@code namespace:policy:rule:{key}} as
   * in {@link RedisPolicyLimiter#redisKey} for a request without a tenant. Tenant and key are hashed; the key is left out where the
   * policy counts per tenant.
   */
  public byte[] redisKey(Request request, ScopedPolicy policy) {
    String prefix = prefix(policy.policy());
    String tenant = request.tenant();
    if (tenant == null) {
      return RedisKeys.ascii(prefix + RedisKeys.hash(request.key()) + "}");
    }
    String key = policy.scope() == Scope.TENANT ? "" : RedisKeys.hash(request.key());
    return RedisKeys.ascii(prefix + RedisKeys.hash(tenant) + "}:" + key);
  }

  private String prefix(Policy policy) {
    String known = prefixes.get(policy);
    if (known != null) {
      return known;
    }
    if (prefixes.size() >= MAX_PREFIXES) {
      prefixes.clear();
    }
    String made = RedisKeys.prefix(namespace, policy) + "{";
    prefixes.put(policy, made);
    return made;
  }

  /** How many answers failure policies gave because Redis did not. */
  public long failures() {
    return failures.sum();
  }

  private static Script script(Request request) {
    List<ScopedPolicy> asked = request.asked();
    return asked.size() == 1
        ? Objects.requireNonNull(
            SINGLE.get(asked.get(0).policy().algorithm()), "a script for each algorithm")
        : JOINT;
  }

  private List<byte[]> keys(Request request) {
    return request.asked().stream().map(policy -> redisKey(request, policy)).toList();
  }

  private List<byte[]> arguments(Request request) {
    List<byte[]> arguments = new ArrayList<>();
    List<ScopedPolicy> asked = request.asked();
    if (asked.size() == 1) {
      addLimit(arguments, asked.get(0).policy().limit());
      arguments.add(RedisKeys.ascii(request.cost()));
      if (time != null) {
        arguments.add(RedisKeys.ascii(time.micros()));
      }
      return arguments;
    }
    arguments.add(RedisKeys.ascii(request.cost()));
    arguments.add(time == null ? new byte[0] : RedisKeys.ascii(time.micros()));
    for (ScopedPolicy policy : asked) {
      arguments.add(RedisKeys.ascii(policy.policy().algorithm().id()));
      addLimit(arguments, policy.policy().limit());
      arguments.add(RedisKeys.ascii(policy.shadow() ? 1 : 0));
    }
    return arguments;
  }

  private static void addLimit(List<byte[]> arguments, Limit limit) {
    arguments.add(RedisKeys.ascii(limit.permits()));
    arguments.add(RedisKeys.ascii(limit.windowMicros()));
    arguments.add(RedisKeys.ascii(limit.burst()));
  }

  /** What ends at its deadline does so with an exception that has no message; what else ends a call is a fault of the program. */
  private static RedisFailure failure(Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable why = failure instanceof CompletionException && cause != null ? cause : failure;
    if (why instanceof RedisFailure known) {
      return known;
    }
    return why instanceof TimeoutException
        ? RedisFailure.late("Redis did not answer by the deadline", why)
        : new RedisFailure("Redis could not be asked: " + why, why);
  }

  private static RequestDecision decision(Request request, List<Long> reply) {
    List<ScopedPolicy> asked = request.asked();
    if (reply.size() != REPLY_LENGTH * asked.size()) {
      throw new RedisFailure("%s replied %s".formatted(script(request), reply), null);
    }
    List<Decision> decisions = new ArrayList<>();
    for (ScopedPolicy policy : asked) {
      int at = REPLY_LENGTH * decisions.size();
      decisions.add(new Decision(
          reply.get(at) == 1,
          policy.policy().limit().permits(),
          reply.get(at + 1),
          reply.get(at + 2),
          reply.get(at + 3),
          reply.get(at + 4),
          null,
          null));
    }
    return RequestDecision.of(request, decisions);
  }

  private RequestDecision undecided(Request request, Throwable failure) {
    failures.increment();
    return RequestDecision.undecided(request, RedisFailure.reason(failure));
  }
}
