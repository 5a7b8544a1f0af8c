package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Policies whose counters live in Redis: one script call per request, whatever the number of its policies, on the server's clock.
 * A request of one policy runs that algorithm's own script; one of several runs the batch script, which charges only after
 * all have admitted. When Redis does not answer by the shortest deadline of the policies, the failure policy of each does.
 *
 * <p>In a cluster what is decided together must lie in one slot. All counters of a tenant do, so one node serves all of a tenant's
 * requests; without a tenant all counters of a key do. There are {@value RedisKeys#TAGS} such slots.
 */
public final class RedisRateLimiter implements RateLimiter {
  private static final Map<Algorithm, Script> SINGLE =
      Arrays.stream(Algorithm.values()).collect(Collectors.toMap(each -> each, Script::of));

  /** How many requests of a batch are under way at once: few enough for every client's queue. */
  private static final int BATCH = 2_000;

  private final RedisClient client;
  private final CounterKeys counters;
  private final @Nullable TimeSource time;
  private final LongAdder failures = new LongAdder();

  private RedisRateLimiter(RedisClient client, String namespace, @Nullable TimeSource time) {
    this.client = client;
    counters = new CounterKeys(namespace);
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
   * A limiter on a clock of the caller's, for tests and experiments: callers whose clocks differ would not share one limit. State is
   * kept for an hour longer than it counts, because Redis expires it by its own clock.
   *
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static RedisRateLimiter of(RedisClient client, String namespace, TimeSource time) {
    return new RedisRateLimiter(client, namespace, time);
  }

  @Override
  public RequestDecision check(Request request) {
    List<ScopedPolicy> asked = request.asked();
    if (asked.isEmpty()) {
      return RequestDecision.of(request, List.of());
    }
    try {
      Call call = call(request, asked);
      return call.decision(client.run(call.script, call.keys, call.arguments, request.deadline()));
    } catch (RedisFailure e) {
      return undecided(request, e);
    }
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    return checkAsync(request, request.deadline());
  }

  private CompletionStage<RequestDecision> checkAsync(Request request, Duration deadline) {
    return request.asked().isEmpty()
        ? CompletableFuture.completedFuture(RequestDecision.of(request, List.of()))
        : decide(request, deadline).exceptionally(failure -> undecided(request, failure));
  }

  /**
   * {@inheritDoc} All are sent before the first answer is awaited, but for one thing: of each tenant and key the first one goes ahead of all
   * others, so that a server which does not know the scripts learns them. While it loses them, or a slot moves, requests under way may overtake
   * one another; over Jedis, those whose first policies count different keys may at any time. Over {@value #BATCH} are sent in parts. The
   * deadline of each counts from now on.
   */
  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    Batch batch = new Batch(requests);
    CompletableFuture<?> before = CompletableFuture.completedFuture(null);
    for (int from = 0; from < requests.size(); from += BATCH) {
      Set<Caller> callers = new HashSet<>();
      Map<Boolean, List<Integer>> isFirst = IntStream.range(
              from, Math.min(from + BATCH, requests.size()))
          .boxed()
          .collect(Collectors.partitioningBy(i -> callers.add(Caller.of(requests.get(i)))));
      before = batch.send(isFirst.getOrDefault(true, List.of()), before);
      before = batch.send(isFirst.getOrDefault(false, List.of()), before);
    }
    return List.copyOf(batch.answers);
  }

  /**
   * As {@link #checkAsync}, without the failure policies.
   *
   * @return completes exceptionally with a {@link RedisFailure} if Redis does not decide
   */
  public CompletionStage<RequestDecision> decide(Request request) {
    return decide(request, request.deadline());
  }

  private CompletionStage<RequestDecision> decide(Request request, Duration deadline) {
    Call call = call(request, request.asked());
    return client
        .runAsync(call.script, call.keys, call.arguments, deadline)
        .handle((reply, failure) -> {
          if (failure != null) {
            throw failure(failure);
          }
          return call.decision(reply);
        });
  }

  /**
   * The Redis key of a policy's counter: {@code namespace:policy:rule:{tag}:tenant:key}, or {@code namespace:policy:rule:{tag}:key} for a
   * request without a tenant. The rule is 36 bits of SHA-256 over the algorithm, how it stores, and the limit, so that a policy whose rule
   * was changed starts anew and never reads a state that means something else. Tenant and key are 128 bits of SHA-256 over their UTF-16
   * code units; both are in base64url. The key is left out where the policy counts per tenant. Length, separators and personal data never
   * reach Redis. The tag is one of {@value RedisKeys#TAGS} numbers that depends on the tenant or, without one, on the key: the
   * cluster's hash tag.
   */
  public byte[] redisKey(Request request, ScopedPolicy policy) {
    return RedisKeys.ascii(counters.key(request, policy));
  }

  /** How many answers failure policies gave because Redis did not. */
  public long failures() {
    return failures.sum();
  }

  /** What asks Redis of a request, and how its reply is read. */
  private record Call(
      Script script,
      List<byte[]> keys,
      List<byte[]> arguments,
      Function<List<Long>, RequestDecision> read) {
    RequestDecision decision(List<Long> reply) {
      return read.apply(reply);
    }
  }

  private Call call(Request request, List<ScopedPolicy> asked) {
    Long micros = time == null ? null : time.micros();
    if (asked.size() > 1) {
      BatchCall batch = BatchCall.of(List.of(request), counters, micros);
      return new Call(
          BatchCall.SCRIPT, batch.keys(), batch.arguments(), reply -> batch.decision(0, reply));
    }
    ScopedPolicy policy = asked.get(0);
    Script script = SINGLE.get(policy.policy().algorithm());
    byte[] argument = counters.rule(policy.policy()).withCost(request.cost());
    return new Call(
        Objects.requireNonNull(script, "a script for each algorithm"),
        List.of(redisKey(request, policy)),
        micros == null ? List.of(argument) : List.of(argument, RedisKeys.ascii(micros)),
        reply -> decision(request, policy, reply));
  }

  /** A call that ends at its deadline ends with a TimeoutException without a message. Any other exception is a fault of the program. */
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

  private static RequestDecision decision(Request request, ScopedPolicy policy, List<Long> reply) {
    if (reply.size() != BatchCall.REPLY_LENGTH) {
      throw new RedisFailure("%s replied %s".formatted(policy.policy().algorithm(), reply), null);
    }
    return RequestDecision.of(request, List.of(BatchCall.decision(policy, reply, 0)));
  }

  private RequestDecision undecided(Request request, Throwable failure) {
    failures.increment();
    return RequestDecision.undecided(request, RedisFailure.reason(failure));
  }

  /** Whose requests are decided in their order. */
  private record Caller(@Nullable String tenant, String key) {
    static Caller of(Request request) {
      return new Caller(request.tenant(), request.key());
    }
  }

  /** Requests that are sent in parts, and their answers. */
  private final class Batch {
    private final long began = System.nanoTime();
    private final List<Request> requests;
    private final List<CompletableFuture<RequestDecision>> answers;

    Batch(List<Request> requests) {
      this.requests = requests;
      answers = requests.stream()
          .map(request -> new CompletableFuture<RequestDecision>())
          .toList();
    }

    /**
     * Sends those at some places, one behind the other, once others are answered.
     *
     * @return completes when these are answered
     */
    CompletableFuture<?> send(List<Integer> places, CompletableFuture<?> before) {
      var unused = before.thenRun(() -> places.forEach(this::send));
      return CompletableFuture.allOf(
          places.stream().map(answers::get).toArray(CompletableFuture[]::new));
    }

    private void send(int place) {
      Request request = requests.get(place);
      CompletionStage<RequestDecision> sent;
      try {
        Duration left = request.deadline().minusNanos(System.nanoTime() - began);
        sent = left.isNegative() || left.isZero()
            ? CompletableFuture.failedFuture(
                RedisFailure.late("the deadline passed before Redis was asked", null))
            : checkAsync(request, left);
      } catch (RuntimeException e) {
        sent = CompletableFuture.failedFuture(e);
      }
      var unused = sent.exceptionally(failure -> undecided(request, failure))
          .thenAccept(answers.get(place)::complete);
    }
  }
}
