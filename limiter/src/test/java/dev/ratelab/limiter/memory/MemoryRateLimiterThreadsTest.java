package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads at once. What is asserted holds for every order in which they can run. */
@ExtendWith(CapturedLog.class)
class MemoryRateLimiterThreadsTest {
  private static final int THREADS = 4;

  private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  private interface Work {
    List<Decision> run(Random random);
  }

  /** What all threads were answered, which began together. */
  private List<Decision> onAllThreads(Work work) throws Exception {
    CyclicBarrier start = new CyclicBarrier(THREADS);
    List<Future<List<Decision>>> running = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      Random random = new Random(thread);
      running.add(executor.submit(() -> {
        start.await();
        return work.run(random);
      }));
    }
    List<Decision> decisions = new ArrayList<>();
    for (Future<List<Decision>> decided : running) {
      decisions.addAll(decided.get());
    }
    return decisions;
  }

  private static Policy policy(Algorithm algorithm, long permits) {
    return Policy.of("p", algorithm, Limit.of(permits, Duration.ofSeconds(10)));
  }

  /** Each admission sees another number of permits left, so no charge was lost and none was made twice. */
  @ParameterizedTest
  @EnumSource
  void aHotKeyAdmitsExactlyItsLimit(Algorithm algorithm) throws Exception {
    MemoryPolicyLimiter<?> limiter =
        MemoryPolicyLimiter.of(policy(algorithm, 5_000), new ManualTime(0), 100);

    List<Decision> decisions = onAllThreads(random ->
        LongStream.range(0, 5_000).mapToObj(i -> limiter.check("hot", 1)).toList());

    assertThat(decisions.stream().filter(Decision::allowed).map(Decision::remaining))
        .containsExactlyInAnyOrderElementsOf(LongStream.range(0, 5_000).boxed().toList());
  }

  /** The clock moves on with each reading; a thread that was overtaken must not take it for one that went back. */
  @ParameterizedTest
  @EnumSource
  void aSlowThreadIsNoClockThatWentBack(Algorithm algorithm) throws Exception {
    AtomicLong readings = new AtomicLong();
    TimeSource time = () -> readings.getAndAdd(50);
    Limit limit = Limit.of(1_000_000, Duration.ofMillis(1));
    MemoryPolicyLimiter<?> limiter =
        MemoryPolicyLimiter.of(Policy.of("p", algorithm, limit), time, 100);

    List<Decision> decisions = onAllThreads(random ->
        LongStream.range(0, 5_000).mapToObj(i -> limiter.check("hot", 1)).toList());

    assertThat(decisions).allMatch(Decision::allowed);
  }

  /** With a limit of 1 each admission is one live state: it is either still held, or was counted when it was lost. */
  @ParameterizedTest
  @EnumSource
  void noAdmissionEscapesBetweenAnEvictionAndACheck(Algorithm algorithm) throws Exception {
    MemoryPolicyLimiter<?> limiter =
        MemoryPolicyLimiter.of(policy(algorithm, 1), new ManualTime(0), 2);

    List<Decision> decisions = onAllThreads(random -> LongStream.range(0, 20_000)
        .mapToObj(i -> limiter.check("key" + random.nextInt(6), 1))
        .toList());

    long held = limiter.keys();
    assertThat(decisions.stream().filter(Decision::allowed).count())
        .isEqualTo(held + limiter.lostLiveKeys());
    assertThat(held).isEqualTo(2);
  }
}
