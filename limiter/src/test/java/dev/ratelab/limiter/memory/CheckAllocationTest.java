package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A check of one policy allocates its answer and its key's hash at most, as soon as it is compiled. */
class CheckAllocationTest {
  private static final int CHECKS = 10_000;
  private static final int MOST_ROUNDS = 2_000;

  /** An object's header, the policy, and three numbers that do not follow from one another: remaining, reset, and wait or delay. */
  private static final long ANSWER = 12 + 4 + 3 * 8;

  /** The compiler removes it in most programs, but not where the hash's method was compiled before its caller. */
  private static final long HASH = 32;

  private static final long MOST = ANSWER + HASH;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final MemoryRateLimiter limiter = MemoryRateLimiter.of(new ManualTime(0), 100);

  /** The log decides by objects of its own. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SLIDING_WINDOW_LOG")
  void aDenialIsItsAnswer(Algorithm algorithm) {
    Request request = request(algorithm, 1);
    assertThat(limiter.check(request).allowed()).isTrue();

    assertThat(leastBytes(request, false)).isLessThanOrEqualTo(MOST);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SLIDING_WINDOW_BUCKETS", "SLIDING_WINDOW_LOG"})
  void anAdmissionIsItsAnswerWhereAStateIsTwoNumbers(Algorithm algorithm) {
    Request request = request(algorithm, (long) CHECKS * MOST_ROUNDS);

    assertThat(leastBytes(request, true)).isLessThanOrEqualTo(MOST);
  }

  private static Request request(Algorithm algorithm, long permits) {
    return Request.of(Policy.of("p", algorithm, Limit.of(permits, Duration.ofDays(1))), "key", 1);
  }

  /** Until a round has what is wanted: the compiler takes its time where others use the processors. */
  private long leastBytes(Request request, boolean allowed) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < MOST_ROUNDS && least > MOST; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      boolean all = true;
      for (int i = 0; i < CHECKS; i++) {
        all &= limiter.check(request).allowed() == allowed;
      }
      least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / CHECKS);
      assertThat(all).isTrue();
    }
    return least;
  }
}
