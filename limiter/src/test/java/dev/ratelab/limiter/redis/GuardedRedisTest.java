package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedJointRateLimiter;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.JointRequest;
import dev.ratelab.limiter.policy.ScopedPolicy;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static Decision check(JointRateLimiter limiter, FailurePolicy onFailure) {
    return limiter.check(JointRequest.of(policy(onFailure), "a", 1)).decision();
  }

  @ParameterizedTest
  @EnumSource
  void aKilledRedisOpensTheBreakerAndOneThatIsBackClosesIt(Library library) {
    AtomicInteger sent = new AtomicInteger();
    RunningRedis first = RunningRedis.open("embedded");
    try (RedisClient client = library.connect(first.address())) {
      RedisJointRateLimiter backend = RedisJointRateLimiter.of(client, "guarded");
      GuardedJointRateLimiter limiter = GuardedJointRateLimiter.of(
          request -> {
            sent.incrementAndGet();
            return backend.checkAsync(request);
          },
          Guard.defaults().withInstances(50));
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

  /** What one policy's deadline leaves no time for is no fault of Redis to the others. */
  @ParameterizedTest
  @EnumSource
  void aDeadlineThatNoRedisCanHoldKeepsNobodyElseFromIt(Library library) {
    ScopedPolicy hasty = ScopedPolicy.perKey(
        policy(FailurePolicy.FAIL_CLOSED).policy().withDeadline(Duration.ofNanos(1_000)));
    try (RunningRedis redis = RunningRedis.open("embedded");
        RedisClient client = library.connect(redis.address())) {
      GuardedJointRateLimiter limiter =
          GuardedJointRateLimiter.of(RedisJointRateLimiter.of(client, "guarded"), Guard.defaults());
      int undecided = 0;
      for (int i = 0; i < 1_000; i++) {
        // The timer may be later than Redis, so a quiet machine decides some of them.
        FailureReason own =
            limiter.check(JointRequest.of(hasty, "a", 1)).decision().because();
        undecided += own == null ? 0 : 1;
        assertThat(own).isIn(null, FailureReason.DEADLINE, FailureReason.BREAKER_OPEN);
        assertThat(check(limiter, FailurePolicy.FAIL_CLOSED).because()).isNull();
      }
      assertThat(undecided).isPositive();
    }
  }
}
