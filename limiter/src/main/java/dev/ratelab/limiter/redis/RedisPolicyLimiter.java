package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.KeyedRequest;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm whose state lives in Redis: one script call per decision, on the server's clock, so that any number of
 * instances enforce one limit. When Redis does not answer by the policy's deadline, the failure policy does; the call is never
 * repeated, since it may have been charged.
 */
public final class RedisPolicyLimiter implements PolicyLimiter {
  private static final int REPLY_LENGTH = 5;

  /** Few enough for every client's queue. */
  private static final int BATCH = 2_000;

  private final Policy policy;
  private final RedisClient client;
  private final @Nullable TimeSource time;
  private final Script script;
  private final String prefix;
  private final byte[] permits;
  private final byte[] window;
  private final byte[] burst;
  private final LongAdder failures = new LongAdder();

  private RedisPolicyLimiter(
      Policy policy, RedisClient client, String namespace, @Nullable TimeSource time) {
    Policy.requireName("namespace", namespace);
    this.policy = policy;
    this.client = client;
    this.time = time;
    script = Script.of(policy.algorithm());
    prefix = RedisKeys.prefix(namespace, policy) + "{";
    permits = RedisKeys.ascii(policy.limit().permits());
    window = RedisKeys.ascii(policy.limit().windowMicros());
    burst = RedisKeys.ascii(policy.algorithm().parameter(policy.limit()));
  }

  /**
   * A limiter on the Redis server's clock.
   *
   * @param policy what to enforce
   * @param client stays the caller's to close
   * @param namespace keeps applications on one Redis apart: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static RedisPolicyLimiter of(Policy policy, RedisClient client, String namespace) {
    return new RedisPolicyLimiter(policy, client, namespace, null);
  }

  /**
   * A limiter on a clock of the caller's, for tests and experiments: callers whose clocks differ would not share one limit.
   * State is kept for an hour longer than it counts, because Redis expires it by its own clock.
   *
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static RedisPolicyLimiter of(
      Policy policy, RedisClient client, String namespace, TimeSource time) {
    return new RedisPolicyLimiter(policy, client, namespace, time);
  }

  @Override
  public Policy policy() {
    return policy;
  }

  @Override
  public Decision check(String key, long cost) {
    policy.limit().requireCost(cost);
    try {
      return decision(client.run(script, redisKey(key), arguments(cost), policy.deadline()));
    } catch (RedisFailure e) {
      return undecided(RedisFailure.reason(e));
    }
  }

  @Override
  public CompletionStage<Decision> checkAsync(String key, long cost) {
    policy.limit().requireCost(cost);
    return decide(key, cost, policy.deadline());
  }

  /**
   * {@inheritDoc} Up to {@value #BATCH} requests are sent together, those on one key one after the other, since a server that
   * has just lost its scripts, or a slot, answers calls under way out of order. All of it ends by one deadline.
   */
  @Override
  public List<Decision> check(List<KeyedRequest> requests) {
    requests.forEach(request -> policy.limit().requireCost(request.cost()));
    long end = System.nanoTime() + policy.deadline().toNanos();
    List<Decision> decisions = new ArrayList<>(requests.size());
    for (int from = 0; from < requests.size(); from += BATCH) {
      decisions.addAll(
          together(requests.subList(from, Math.min(from + BATCH, requests.size())), end));
    }
    return decisions;
  }

  private List<Decision> together(List<KeyedRequest> requests, long end) {
    Map<String, CompletableFuture<Decision>> last = new HashMap<>();
    List<CompletableFuture<Decision>> answers = new ArrayList<>(requests.size());
    for (KeyedRequest request : requests) {
      CompletableFuture<Decision> before = last.get(request.key());
      CompletableFuture<Decision> answer = before == null
          ? decide(request, end)
          : before.thenCompose(decision -> decide(request, end));
      last.put(request.key(), answer);
      answers.add(answer);
    }
    return answers.stream().map(CompletableFuture::join).toList();
  }

  /**
   * The Redis key of an identity: {@code namespace:policy:rule:{hash}}. The rule is 36 bits of SHA-256 over the algorithm,
   * how it stores, and the limit, so that a policy whose rule was changed starts anew and never reads a state that means something else. The hash
   * is 128 bits of SHA-256 over the key's UTF-16 code units; both are in base64url. Length, separators and personal data never
   * reach Redis; the braces make the hash the cluster's hash tag.
   */
  public byte[] redisKey(String key) {
    return RedisKeys.ascii(prefix + RedisKeys.hash(key) + "}");
  }

  /** How many answers the failure policy gave because Redis did not. */
  public long failures() {
    return failures.sum();
  }

  private CompletableFuture<Decision> decide(KeyedRequest request, long end) {
    Duration left = Duration.ofNanos(end - System.nanoTime());
    return left.isNegative() || left.isZero()
        ? CompletableFuture.completedFuture(undecided(FailureReason.DEADLINE))
        : decide(request.key(), request.cost(), left).toCompletableFuture();
  }

  private CompletionStage<Decision> decide(String key, long cost, Duration deadline) {
    return client
        .runAsync(script, redisKey(key), arguments(cost), deadline)
        .handle((reply, failure) ->
            failure == null ? decisionOrUndecided(reply) : undecided(RedisFailure.reason(failure)));
  }

  private List<byte[]> arguments(long cost) {
    return time == null
        ? List.of(permits, window, burst, RedisKeys.ascii(cost))
        : List.of(permits, window, burst, RedisKeys.ascii(cost), RedisKeys.ascii(time.micros()));
  }

  private Decision decisionOrUndecided(List<Long> reply) {
    try {
      return decision(reply);
    } catch (RedisFailure e) {
      return undecided(RedisFailure.reason(e));
    }
  }

  private Decision decision(List<Long> reply) {
    if (reply.size() != REPLY_LENGTH) {
      throw new RedisFailure("%s replied %s".formatted(script, reply), null);
    }
    return new Decision(
        reply.get(0) == 1,
        policy.limit().permits(),
        reply.get(1),
        reply.get(2),
        reply.get(3),
        reply.get(4),
        null,
        null);
  }

  private Decision undecided(FailureReason because) {
    failures.increment();
    return Decision.undecided(policy.limit().permits(), policy.onFailure(), because);
  }
}
