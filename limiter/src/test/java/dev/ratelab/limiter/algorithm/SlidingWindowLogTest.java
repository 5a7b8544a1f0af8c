package dev.ratelab.limiter.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Entry;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The queue of the log where it is long: the states of small limits are all in {@link EveryReachableStateTest}. */
class SlidingWindowLogTest {
  private final SlidingWindowLog algorithm = new SlidingWindowLog(new Limit(500, 1_000, 500));

  @Test
  void admitsWhatAPlainListOfAdmissionsHasRoomFor() {
    Random random = new Random(1);
    List<long[]> admitted = new ArrayList<>();
    Log state = null;
    long now = 0;
    long denied = 0;
    for (int i = 0; i < 20_000; i++) {
      // Busy and quiet times in turn, so that the log fills, drains a little, and drains entirely.
      int phase = i / 1_000 % 3;
      now += random.nextInt(phase < 2 ? 3 : 200);
      long cost = random.nextInt(1, random.nextInt(10) == 0 ? 501 : 4);
      long oldest = now - 1_000;
      long used =
          admitted.stream().filter(a -> a[0] > oldest).mapToLong(a -> a[1]).sum();

      Step<Log> step = algorithm.apply(state, now, cost);

      assertThat(step.decision().allowed()).as("request %d", i).isEqualTo(used + cost <= 500);
      if (step.decision().allowed()) {
        admitted.add(new long[] {now, cost});
        assertThat(step.decision().remaining()).isEqualTo(500 - used - cost);
      } else {
        denied++;
        assertThat(step.decision().remaining()).isEqualTo(500 - used);
      }
      state = step.state();
      admitted.removeIf(a -> a[0] <= oldest);
      assertThat(size(state.front())).isEqualTo(state.frontSize());
      assertThat(size(state.back())).isEqualTo(state.backSize());
      // What makes a denial cheap: it hardly ever has to turn the second list round.
      assertThat(state.backSize()).isLessThanOrEqualTo(state.frontSize());
    }
    assertThat(denied).isBetween(1_000L, 19_000L);
  }

  /** No sooner, or turning them round would cost an admission more than constant time on average. */
  @Test
  void theListsBecomeOneWhenTheSecondIsTheLongerOne() {
    List<Long> sizes = new ArrayList<>();
    Log state = algorithm.apply(null, 0, 1).state();
    for (long now = 1; now < 32; now++) {
      Log next = algorithm.apply(state, now, 1).state();
      if (next.frontSize() != state.frontSize()) {
        sizes.add(next.frontSize());
      }
      state = next;
    }
    assertThat(sizes).containsExactly(1L, 3L, 7L, 15L, 31L);
  }

  private static long size(@Nullable Entry list) {
    long size = 0;
    for (Entry entry = list; entry != null; entry = entry.next()) {
      size++;
    }
    return size;
  }
}
