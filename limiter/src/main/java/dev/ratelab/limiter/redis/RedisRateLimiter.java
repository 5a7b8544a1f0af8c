package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.redis.BatchCall.Asked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Policies whose counters live in Redis. A request is decided within one script call, whatever the number of its policies, on the
 * server's clock; requests that come while a call is under way share the next one.
 * A request of one policy that comes alone runs that algorithm's own script; one of several runs the batch script, which charges only after
 * all have admitted. When Redis does not answer by the shortest deadline of the policies, the failure policy of each does.
 *
 * <p>In a cluster what is decided together must lie in one slot. All counters of a tenant do, so one node serves all of a tenant's
 * requests; without a tenant all counters of a key do. There are {@value RedisKeys#TAGS} such slots.
 */
public final class RedisRateLimiter implements RateLimiter {
  private static final Map<Algorithm, Script> SINGLE =
      Arrays.stream(Algorithm.values()).collect(Collectors.toMap(each -> each, Script::of));

  private final RedisClient client;
  private final CounterKeys counters;
  private final @Nullable TimeSource time;
  private final LongAdder failures = new LongAdder();
  /** One, or in a cluster one for each tag: what one call decides lies in one slot. */
  private final Map<Integer, Lane<Asked, RequestDecision>> lanes = new ConcurrentHashMap<>();

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
    return answered(request, Lane::askAndWait).join();
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    return answered(request, Lane::ask);
  }

  /**
   * {@inheritDoc} The deadline of each counts from now on. While the server loses its scripts, or a slot moves, requests under way may overtake
   * one another, and those that come after one that is not answered in half of its deadline may overtake that one.
   */
  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    List<CompletionStage<RequestDecision>> answers = new ArrayList<>(requests.size());
    Set<Lane<Asked, RequestDecision>> used = new HashSet<>(2);
    for (Request request : requests) {
      answers.add(answered(request, (lane, asked) -> {
        used.add(lane);
        return lane.put(asked);
      }));
    }
    used.forEach(Lane::moveOn);
    return answers;
  }

  /** By Redis, or by the failure policies if it does not. */
  private CompletableFuture<RequestDecision> answered(
      Request request,
      BiFunction<Lane<Asked, RequestDecision>, Asked, CompletableFuture<RequestDecision>> ask) {
    Asked asked = asked(request);
    return asked.policies().isEmpty()
        ? CompletableFuture.completedFuture(RequestDecision.of(request, List.of()))
        : ask.apply(lane(asked), asked).exceptionally(failure -> undecided(request, failure));
  }

  /**
   * As {@link #checkAsync}, without the failure policies.
   *
   * @return completes exceptionally with a {@link RedisFailure} if Redis does not decide
   */
  public CompletionStage<RequestDecision> decide(Request request) {
    Asked asked = asked(request);
    return lane(asked).ask(asked).exceptionally(failure -> {
      throw failure(failure);
    });
  }

  private Asked asked(Request request) {
    return Asked.of(request, counters, time == null ? null : time.micros());
  }

  private Lane<Asked, RequestDecision> lane(Asked asked) {
    int tag = client.clustered() ? asked.names().tag() : 0;
    return lanes.computeIfAbsent(tag, absent -> new Lane<>(new Calls()));
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

  /** A call that ends at its deadline ends with a TimeoutException without a message. Any other exception is a fault of the program. */
  private static RedisFailure failure(Throwable failure) {
    Throwable why = FailureCause.of(failure);
    if (why instanceof RedisFailure known) {
      return known;
    }
    return why instanceof TimeoutException
        ? RedisFailure.late("Redis did not answer by the deadline", why)
        : new RedisFailure("Redis could not be asked: " + why, why);
  }

  private RequestDecision undecided(Request request, Throwable failure) {
    failures.increment();
    return RequestDecision.undecided(request, RedisFailure.reason(failure));
  }

  /** What a lane sends its calls with. */
  private final class Calls implements Lane.Sender<Asked, RequestDecision> {
    private volatile boolean taught;

    @Override
    public int most() {
      return BatchCall.MOST_REQUESTS;
    }

    @Override
    public boolean pipelines() {
      // A server that learns a script answers calls under way in another order.
      return taught && client.pipelines();
    }

    @Override
    public Duration deadline(Asked asked) {
      return asked.request().deadline();
    }

    @Override
    public CompletionStage<IntFunction<RequestDecision>> send(List<Asked> all, Duration deadline) {
      long began = System.nanoTime();
      Call call = call(all);
      CompletionStage<IntFunction<RequestDecision>> answers = client
          .runAsync(call.script, call.keys, call.arguments, deadline)
          .thenApply(reply -> {
            taught |= all.size() > 1;
            return place -> call.decision.apply(reply, place);
          });
      return all.size() == 1
          ? answers
          : answers.exceptionallyCompose(failure -> RedisErrorText.movesApart(failure)
              ? oneByOne(all, deadline.minusNanos(System.nanoTime() - began))
              : CompletableFuture.failedFuture(failure));
    }

    @Override
    public IntFunction<RequestDecision> sendAndWait(List<Asked> all, Duration deadline) {
      Call call = call(all);
      List<Long> reply = client.run(call.script, call.keys, call.arguments, deadline);
      return place -> call.decision.apply(reply, place);
    }

    /** While a slot moves a node may decide on one key of it, and not on several. */
    private CompletionStage<IntFunction<RequestDecision>> oneByOne(
        List<Asked> all, Duration deadline) {
      List<CompletableFuture<IntFunction<RequestDecision>>> each = all.stream()
          .map(one -> send(List.of(one), deadline).toCompletableFuture())
          .toList();
      return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
          .handle((done, failed) -> place -> each.get(place).join().apply(0));
    }
  }

  /** What asks Redis, and how its reply is read. */
  private record Call(
      Script script,
      List<byte[]> keys,
      List<byte[]> arguments,
      BiFunction<List<Long>, Integer, RequestDecision> decision) {}

  private static Call call(List<Asked> all) {
    Asked first = all.get(0);
    if (all.size() > 1 || first.policies().size() > 1) {
      BatchCall batch = BatchCall.of(all);
      return new Call(
          BatchCall.SCRIPT,
          batch.keys(),
          batch.arguments(),
          (reply, place) -> batch.decision(place, reply));
    }
    ScopedPolicy policy = first.policies().get(0);
    Script script = SINGLE.get(policy.policy().algorithm());
    CounterKeys.Counter counter = first.names().counters().get(0);
    byte[] argument = counter.rule().withCost(first.request().cost());
    Long micros = first.micros();
    return new Call(
        Objects.requireNonNull(script, "a script for each algorithm"),
        List.of(RedisKeys.ascii(counter.key())),
        micros == null ? List.of(argument) : List.of(argument, RedisKeys.ascii(micros)),
        (reply, place) -> decision(first.request(), policy, reply));
  }

  private static RequestDecision decision(Request request, ScopedPolicy policy, List<Long> reply) {
    if (reply.size() != BatchCall.REPLY_LENGTH) {
      throw new RedisFailure("%s replied %s".formatted(policy.policy().algorithm(), reply), null);
    }
    return RequestDecision.of(request, List.of(BatchCall.decision(policy, reply, 0)));
  }
}
