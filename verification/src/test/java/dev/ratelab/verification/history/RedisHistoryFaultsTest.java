package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.algorithm.FixedWindow;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults over a real Redis that a recorded history must show, and answers that got lost, which it must put up with. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisHistoryFaultsTest {
  private static final List<String> KEYS = List.of("a", "b", "c");
  private static final Limit LIMIT = new Limit(50, 10_000, 50);
  private static final long SEED = 20_260_101;

  private final Clients clients = new Clients();

  @AfterAll
  void close() {
    clients.close();
  }

  /** Two callers read the same count, since each waits for the other before it writes. Under load nobody need wait. */
  @ParameterizedTest
  @CsvSource({"2, 1, 2", "10, 200, 1"})
  void aGetAndThenASetIsFlagged(int threads, int checks, int together) {
    Policy policy = Policy.of("p", Algorithm.FIXED_WINDOW, Limit.of(10_000, Duration.ofDays(1)))
        .withDeadline(Clients.DEADLINE);
    CyclicBarrier all = new CyclicBarrier(together);
    String namespace = namespace();

    List<RecordedCall> history = new Recorder(threads, checks, 1, List.of("a"), 1, 0, SEED)
        .record(
            policy,
            (thread, time) -> new GetThenSet(policy, clients.of(2 * thread), namespace, all));
    clients.remove(namespace, policy, List.of("a"));

    if (threads == together) {
      assertThat(history)
          .extracting(call -> call.decision().remaining())
          .containsExactly(9_999L, 9_999L);
    }
    assertThat(Linearizability.of(policy).check(history)).isPresent();
  }

  /** Every tenth admission is asked for again, as after an answer that got lost. */
  @ParameterizedTest
  @EnumSource
  void aCallThatIsRepeatedIsFlagged(Algorithm algorithm) {
    Policy policy = Policy.of("p", algorithm, LIMIT).withDeadline(Clients.DEADLINE);
    String namespace = namespace();
    AtomicLong admissions = new AtomicLong();

    List<RecordedCall> history = load(400, namespace, policy, client -> new Wrapped(client) {
      @Override
      public CompletionStage<List<Long>> runAsync(
          Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
        return super.runAsync(script, keys, arguments, deadline)
            .thenCompose(reply -> reply.get(0) == 1 && admissions.incrementAndGet() % 10 == 0
                ? super.runAsync(script, keys, arguments, deadline)
                : CompletableFuture.completedFuture(reply));
      }
    });

    assertThat(Linearizability.of(policy).check(history)).isPresent();
  }

  /**
   * Every fiftieth call is lost: in turn it is never sent, or it is and nobody waits for it. Each of its requests may have been charged, and
   * no other.
   */
  @ParameterizedTest
  @EnumSource
  void lostAnswersLeaveAHistoryLinearizable(Algorithm algorithm) {
    Policy policy = Policy.of("p", algorithm, LIMIT).withDeadline(Clients.DEADLINE);
    String namespace = namespace();
    AtomicLong calls = new AtomicLong();
    AtomicLong lost = new AtomicLong();
    Queue<CompletableFuture<List<Long>>> unawaited = new ConcurrentLinkedQueue<>();

    List<RecordedCall> history = load(2_000, namespace, policy, client -> new Wrapped(client) {
      @Override
      public CompletionStage<List<Long>> runAsync(
          Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
        long call = calls.incrementAndGet();
        if (call % 50 != 0) {
          return super.runAsync(script, keys, arguments, deadline);
        }
        lost.addAndGet(requests(arguments));
        if (call % 100 != 0) {
          unawaited.add(super.runAsync(script, keys, arguments, deadline).toCompletableFuture());
        }
        return CompletableFuture.failedFuture(new RedisFailure("lost", null));
      }
    });
    unawaited.forEach(CompletableFuture::join);
    clients.remove(namespace, policy, KEYS);

    List<RecordedCall> answered =
        history.stream().filter(call -> call.decision() != null).toList();
    assertThat(history).hasSize(2_000);
    assertThat(answered).hasSize(2_000 - lost.intValue());
    assertThat(Linearizability.of(policy).check(history)).isEmpty();
    assertThat(Linearizability.of(policy).check(answered))
        .as("half of the lost ones were charged")
        .isPresent();
  }

  /** How many a call decides: in a batch's third argument each of one policy has three numbers. */
  private static int requests(List<byte[]> arguments) {
    return arguments.size() < 3 ? 1 : arguments.get(2).length / (3 * Integer.BYTES);
  }

  private interface Wrapping {
    RedisClient around(RedisClient client);
  }

  private List<RecordedCall> load(int checks, String namespace, Policy policy, Wrapping wrapping) {
    List<RecordedCall> history = new Recorder(10, checks / 10, 4, KEYS, 5, 200, SEED)
        .record(
            policy,
            (thread, time) ->
                RateLimiters.onRedis(wrapping.around(clients.of(thread)), namespace, time));
    clients.remove(namespace, policy, KEYS);
    return history;
  }

  private static String namespace() {
    return "fault-" + UUID.randomUUID();
  }

  /** A client whose blocking calls go the way of the others, so that one method changes both. */
  private abstract static class Wrapped extends ForwardingClient {
    Wrapped(RedisClient client) {
      super(client);
    }

    @Override
    public List<Long> run(
        Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
      try {
        return runAsync(script, keys, arguments, deadline).toCompletableFuture().join();
      } catch (CompletionException e) {
        throw new RedisFailure("no answer", e.getCause());
      }
    }
  }

  /** The planted fault: reads the count in one round trip and writes it in another. */
  private static final class GetThenSet implements RateLimiter {
    private static final Script GET =
        Script.of("get", "return {tonumber(redis.call('GET', KEYS[1]) or 0)}");
    private static final Script SET =
        Script.of("set", "redis.call('SET', KEYS[1], ARGV[1], 'EX', 3600) return {1}");

    private final Policy policy;
    private final RedisClient client;
    private final RedisRateLimiter names;
    private final CyclicBarrier between;
    private final FixedWindow transition;

    GetThenSet(Policy policy, RedisClient client, String namespace, CyclicBarrier between) {
      this.policy = policy;
      this.client = client;
      this.between = between;
      names = RateLimiters.onRedis(client, namespace);
      transition = new FixedWindow(policy.limit());
    }

    @Override
    public CompletionStage<RequestDecision> checkAsync(Request request) {
      return CompletableFuture.completedFuture(check(request));
    }

    @Override
    public RequestDecision check(Request request) {
      byte[] redisKey = names.redisKey(request, request.policies().get(0));
      long used = client.run(GET, redisKey, List.of(), policy.deadline()).get(0);
      try {
        between.await();
      } catch (InterruptedException | BrokenBarrierException e) {
        throw new IllegalStateException(e);
      }
      Step<FixedWindow.Window> step =
          transition.apply(new FixedWindow.Window(0, used), 0, request.cost());
      byte[] next = Long.toString(step.state().used()).getBytes(StandardCharsets.US_ASCII);
      client.run(SET, redisKey, List.of(next), policy.deadline());
      return RequestDecision.of(policy.name(), step.decision());
    }
  }
}
