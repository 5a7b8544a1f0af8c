package dev.ratelab.verification;

import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_BUCKETS;
import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_COUNTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.SlidingWindowBuckets;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** With one bucket a window, sliding-window-buckets decides as sliding-window-counter does, field by field. */
class OneBucketIsTheCounterTest {
  private static final int TRIES = 500;

  static List<VerifiedSubject> subjects() {
    return List.of(
        new TransitionSubject(), new MemorySubject(), new RedisSubject(TestRedis.lettuce()));
  }

  /** On clocks that go back, too. */
  @ParameterizedTest
  @MethodSource("subjects")
  void onGeneratedHistories(VerifiedSubject subject) {
    JqwikSession.run(() -> {
      RandomGenerator<Scenario> scenarios =
          Scenarios.of(Property.CLOCK_GOING_BACK, SLIDING_WINDOW_COUNTER).generator(TRIES);
      Random random = new Random(1);
      for (int i = 0; i < TRIES; i++) {
        Scenario counter = scenarios.next(random).value();
        Limit one = counter.policy().limit().withBuckets(1);
        Scenario bucket =
            new Scenario(Policy.of("p", SLIDING_WINDOW_BUCKETS, one), counter.arrivals());
        assertThat(bucket.decide(subject)).as("%s", counter).isEqualTo(counter.decide(subject));
      }
    });
  }

  private record Twins(
      SlidingWindowCounter.@Nullable Windows counter,
      SlidingWindowBuckets.@Nullable Counts bucket) {}

  /** All arrivals of any cost at each of 4W instants, each state asked for every cost then and at the W instants before. */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 4", "2, 3", "3, 2", "2, 5", "3, 6", "6, 4"})
  void onEveryHistory(long permits, long window) {
    Limit limit = new Limit(permits, window, permits);
    SlidingWindowCounter counter = new SlidingWindowCounter(limit);
    SlidingWindowBuckets bucket = new SlidingWindowBuckets(limit.withBuckets(1));
    Set<Twins> found = new HashSet<>(Set.of(new Twins(null, null)));
    for (long now = 2 * window; now < 6 * window; now++) {
      Deque<Twins> open = new ArrayDeque<>(found);
      while (!open.isEmpty()) {
        Twins twins = open.removeFirst();
        for (long cost = 1; cost <= permits; cost++) {
          for (long at = now - window; at <= now; at++) {
            var counted = counter.apply(twins.counter, at, cost);
            var bucketed = bucket.apply(twins.bucket, at, cost);
            assertThat(bucketed.decision())
                .as("cost %s at %s, %s", cost, at, twins)
                .isEqualTo(counted.decision());
            Twins next = new Twins(counted.state(), bucketed.state());
            if (at == now && found.add(next)) {
              open.add(next);
            }
          }
        }
      }
    }
  }
}
