package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.factory.RateLimiters;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checks over both clients from many threads at once, few keys, mixed costs, several calls under way on each connection: every
 * history must be linearizable. Each check brings its own time, so that every field of every answer is compared; then the
 * same on the server's clock, where no permit comes back within a history.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RedisHistories {
  private static final long SEED = 20_260_101;
  private static final int THREADS = 10;
  private static final int UNDER_WAY = 4;
  private static final List<String> KEYS = List.of("a", "b", "c");
  private static final long MAX_COST = 5;

  /** The checks in each history on the server's clock: enough to use up each key's limit more than once. */
  private static final int ROUND = 400;

  private final Clients clients = new Clients();
  private final int operations;

  /** How many checks to make with each algorithm and each kind of clock. */
  RedisHistories(int operations) {
    this.operations = operations;
  }

  @AfterAll
  void close() {
    clients.close();
  }

  /** Offered twice what is admitted, and at most 4 ms of the 10 of a window out of order. */
  @ParameterizedTest
  @EnumSource
  void eachCheckAtAnInstantOfItsOwn(Algorithm algorithm) {
    Policy policy =
        Policy.of("p", algorithm, new Limit(50, 10_000, 50)).withDeadline(Clients.DEADLINE);
    String namespace = namespace();
    List<RecordedCall> history = new Recorder(
            THREADS, operations / THREADS, UNDER_WAY, KEYS, MAX_COST, 200, SEED)
        .record(
            policy, (thread, time) -> RateLimiters.onRedis(clients.of(thread), namespace, time));
    clients.remove(namespace, policy, KEYS);

    requireWorthChecking(history, operations);
    assertThat(Linearizability.of(policy).check(history)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void onTheServersClock(Algorithm algorithm) {
    Limit limit = Limit.of(100, Duration.ofDays(31));
    Policy policy = Policy.of("p", algorithm, limit).withDeadline(Clients.DEADLINE);
    for (int round = 0; round < operations / ROUND; round++) {
      String namespace = namespace();
      Recorder recorder =
          new Recorder(THREADS, ROUND / THREADS, UNDER_WAY, KEYS, MAX_COST, 0, SEED + round);
      long before = clients.serverMicros();
      List<RecordedCall> history = recorder.record(
          policy, (thread, time) -> RateLimiters.onRedis(clients.of(thread), namespace));
      clients.remove(namespace, policy, KEYS);

      clients.assumeNothingCameBackSince(before, limit);
      requireWorthChecking(history, ROUND);
      assertThat(Linearizability.ofAdmissions(policy).check(history)).isEmpty();
    }
  }

  /** Something was admitted, something denied, nothing left undecided, and calls overlapped. */
  private static void requireWorthChecking(List<RecordedCall> history, int size) {
    assertThat(history).hasSize(size).allMatch(call -> call.decision() != null);
    assertThat(history).anyMatch(call -> call.decision().allowed());
    assertThat(history).anyMatch(call -> !call.decision().allowed());
    assertThat(history)
        .anyMatch(one -> history.stream()
            .anyMatch(other -> !other.equals(one)
                && other.key().equals(one.key())
                && other.invoked() < one.returned()
                && one.invoked() < other.returned()));
  }

  private static String namespace() {
    return "history-" + UUID.randomUUID();
  }
}
