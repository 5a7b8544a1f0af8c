package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real Redis that is killed and comes back. The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardedRedisTest {
  private static ScopedPolicy policy(FailurePolicy onFailure) {
    return ScopedPolicy.perKey(
        Policy.of(onFailure.id(), Algorithm.FIXED_WINDOW, Limit.of(100, Duration.ofDays(31)))
            .onFailure(onFailure)
            .withDeadline(Duration.ofSeconds(20)));
  }

  private static Decision check(RateLimiter limiter, FailurePolicy onFailure) {
    return limiter.check(Request.of(policy(onFailure), "a", 1)).decision();
  }

  @ParameterizedTest
  @EnumSource
  void aKilledRedisOpensTheBreakerAndOneThatIsBackClosesIt(Library library) {
    AtomicInteger sent = new AtomicInteger();
    RunningRedis first = RunningRedis.open("embedded");
    try (RedisClient client = library.connect(first.address())) {
      RedisRateLimiter backend = RedisRateLimiter.of(client, "guarded");
      GuardedRateLimiter limiter = RateLimiters.guarded(
          request -> {
            sent.incrementAndGet();
            return backend.checkAsync(request);
          },
          Guard.defaults().withInstances(50),
          TimeSource.monotonic());
      int confirmed = 0;
      while (confirmed < 10) {
        assertThat(check(limiter, FailurePolicy.FAIL_CLOSED).decidedBy()).isNull();
        confirmed++;
      }

      first.close();
      while (!limiter.breaker().equals("open")) {
        Decision decision = check(limiter, FailurePolicy.FAIL_CLOSED);
        assertThat(decision.allowed()).as("nothing is admitted unconfirmed").isFalse();
        assertThat(decision.because()).isNotNull();
      }
      Decision local = check(limiter, FailurePolicy.LOCAL);
      assertThat(local.decidedBy()).isEqualTo(FailurePolicy.LOCAL);
      assertThat(local.limit()).isEqualTo(2);
      assertThat(check(limiter, FailurePolicy.FAIL_OPEN).allowed()).isTrue();
      int before = sent.get();
      Decision last;
      do {
        last = check(limiter, FailurePolicy.FAIL_CLOSED);
        assertThat(last.allowed()).isFalse();
      } while (last.because() != FailureReason.BREAKER_OPEN || sent.get() < before + 10);

      try (RunningRedis second = RunningRedis.embeddedOn(first.address().port())) {
        assertThat(second.address()).isEqualTo(first.address());
        Decision decision = check(limiter, FailurePolicy.FAIL_CLOSED);
        while (decision.because() != null || !limiter.breaker().equals("closed")) {
          assertThat(decision.allowed()).isEqualTo(decision.because() == null);
          decision = check(limiter, FailurePolicy.FAIL_CLOSED);
        }
        assertThat(decision.allowed()).isTrue();
        assertThat(check(limiter, FailurePolicy.LOCAL).decidedBy()).isNull();
        assertThat(limiter.inFlight()).isZero();
      }
    }
  }

  private static ScopedPolicy closedWithin(Duration deadline) {
    return ScopedPolicy.perKey(policy(FailurePolicy.FAIL_CLOSED).policy().withDeadline(deadline));
  }

  /** A Redis that does not answer while the test holds the lock. */
  private static FakeRedis holding(Object lock) throws IOException {
    return new FakeRedis("127.0.0.1", (command, connection) -> {
      synchronized (lock) {
        FakeRedis.write(connection, FakeRedis.admitted(command));
      }
    });
  }

  /** On a clock that stands, so that a breaker that has opened stays so. */
  private static GuardedRateLimiter guarded(RedisClient client) {
    return RateLimiters.guarded(
        RedisRateLimiter.of(client, "guarded"), Guard.defaults(), new ManualTime(0));
  }

  /** What one policy's deadline leaves no time for is no fault of Redis to the others. */
  @ParameterizedTest
  @EnumSource
  void aDeadlineThatNoRedisCanHoldKeepsNobodyElseFromIt(Library library) throws IOException {
    Request hasty = Request.of(closedWithin(Duration.ofNanos(1_000)), "a", 1);
    Object lock = new Object();
    try (FakeRedis fake = holding(lock);
        RedisClient client = library.connect(fake.address())) {
      GuardedRateLimiter limiter = guarded(client);
      List<FailureReason> reasons = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        synchronized (lock) {
          reasons.add(limiter.check(hasty).decision().because());
        }
        assertThat(check(limiter, FailurePolicy.FAIL_CLOSED).because()).isNull();
      }

      assertThat(reasons)
          .startsWith(FailureReason.DEADLINE)
          .containsOnly(FailureReason.DEADLINE, FailureReason.BREAKER_OPEN)
          .endsWith(FailureReason.BREAKER_OPEN);
    }
  }

  /** As many as the guard lets wait do so before either client, though all are on one key. */
  @ParameterizedTest
  @EnumSource
  void allThatMayWaitMayDoSoOnOneKey(Library library) throws IOException {
    Request request = Request.of(closedWithin(Duration.ofMinutes(2)), "a", 1);
    Object lock = new Object();
    try (FakeRedis fake = holding(lock);
        RedisClient client = library.connect(fake.address())) {
      GuardedRateLimiter limiter = guarded(client);
      List<CompletableFuture<RequestDecision>> answers;
      synchronized (lock) {
        answers = Stream.generate(() -> limiter.checkAsync(request).toCompletableFuture())
            .limit(Guard.DEFAULT_MAX_IN_FLIGHT)
            .toList();
        assertThat(limiter.inFlight()).isEqualTo(Guard.DEFAULT_MAX_IN_FLIGHT);
      }

      assertThat(answers).allMatch(answer -> answer.join().decision().because() == null);
      assertThat(limiter.breaker()).isEqualTo("closed");
    }
  }
}
