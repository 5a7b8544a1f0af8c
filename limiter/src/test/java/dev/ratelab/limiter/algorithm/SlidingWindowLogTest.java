package dev.ratelab.limiter.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Tree;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Trees;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log where it is long: the states of small limits are all in {@link EveryReachableStateTest}. */
class SlidingWindowLogTest {
  private final SlidingWindowLog algorithm = new SlidingWindowLog(new Limit(500, 1_000, 500));

  @Test
  void admitsWhatAPlainListOfAdmissionsHasRoomFor() {
    Random random = new Random(1);
    List<long[]> admitted = new ArrayList<>();
    Log state = null;
    long now = 0;
    long denied = 0;
    long most = 0;
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
      long counting = admitted.stream().mapToLong(a -> a[0]).distinct().count();
      most = Math.max(most, counting);
      assertThat(entries(state.trees())).isBetween(counting, 3 * most);
    }
    assertThat(denied).isBetween(1_000L, 19_000L);
  }

  /** What makes a decision cheap: no way to an entry is longer than twice the logarithm. */
  @Test
  void treesAreCompleteAndOnlyTheFirstTwoMayBeOfOneSize() {
    SlidingWindowLog wide = new SlidingWindowLog(new Limit(5_000, 5_000, 5_000));
    Log state = null;
    for (long now = 0; now < 5_000; now++) {
      state = wide.apply(state, now, 1).state();
      long last = 0;
      int trees = 0;
      for (Trees each = state.trees(); each != null; each = each.older()) {
        assertThat(size(each.tree())).isEqualTo(each.size());
        assertThat(each.size()).isGreaterThan(trees == 1 ? last - 1 : last);
        last = each.size();
        trees++;
      }
      assertThat(entries(state.trees())).isEqualTo(now + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 10_000, 100_000})
  void retryAfterIsExactInALogOfAnySize(int entries) {
    SlidingWindowLog algorithm = new SlidingWindowLog(new Limit(entries, entries, entries));
    Log state = full(algorithm, entries);
    for (long gone = 0; gone < entries; gone += 1 + entries / 7) {
      for (long cost = 1; cost <= entries; cost += 1 + entries / 100) {
        Step<Log> step = algorithm.apply(state, entries + gone, cost);
        assertThat(step.decision().retryAfterMicros()).isEqualTo(Math.max(0, cost - gone));
      }
    }
  }

  /** The best of many, in turns, in one run: a walk over the larger log takes more than a thousand times as long. */
  @Test
  void aDenialInALargeLogTakesAboutAsLongAsInASmallOne() {
    int[] sizes = {100, 100_000};
    List<SlidingWindowLog> algorithms = new ArrayList<>();
    List<Log> logs = new ArrayList<>();
    for (int size : sizes) {
      SlidingWindowLog algorithm = new SlidingWindowLog(new Limit(size, size, size));
      algorithms.add(algorithm);
      logs.add(full(algorithm, size));
    }
    long[] best = {Long.MAX_VALUE, Long.MAX_VALUE};
    for (int i = 0; i < 2_000; i++) {
      int which = i % 2;
      // Half of the log has left the window: those are in the way of an expiry that walks.
      long now = sizes[which] + sizes[which] / 2L;
      long start = System.nanoTime();
      Step<Log> step = algorithms.get(which).apply(logs.get(which), now, sizes[which]);
      best[which] = Math.min(best[which], System.nanoTime() - start);
      assertThat(step.decision().retryAfterMicros()).isEqualTo(sizes[which] / 2);
    }
    assertThat(best[1]).isLessThan(100 * best[0]);
  }

  @Test
  void whatLeftAtThisVeryInstantIsDropped() {
    SlidingWindowLog ten = new SlidingWindowLog(new Limit(10, 10, 10));
    Log two = ten.apply(ten.apply(null, 0, 1).state(), 1, 1).state();

    assertThat(entries(ten.apply(two, 9, 1).state().trees())).isEqualTo(3);
    assertThat(entries(ten.apply(two, 10, 1).state().trees())).isEqualTo(2);
  }

  /** Each tree has a link, each entry its node. */
  @Test
  void itsBytesAreThoseOfItsTreesAndEntries() {
    assertThat(algorithm.bytes(full(algorithm, 1))).isEqualTo(24 + 32 + 40);
    assertThat(algorithm.bytes(full(algorithm, 3))).isEqualTo(24 + 32 + 3 * 40);
    assertThat(algorithm.bytes(full(algorithm, 4))).isEqualTo(24 + 2 * 32 + 4 * 40);
  }

  /** A log of which each instant of a window has admitted one. */
  private static Log full(SlidingWindowLog algorithm, int entries) {
    Log state = algorithm.apply(null, 1, 1).state();
    for (long now = 2; now <= entries; now++) {
      state = algorithm.apply(state, now, 1).state();
    }
    return state;
  }

  private static long entries(@Nullable Trees trees) {
    long entries = 0;
    for (Trees each = trees; each != null; each = each.older()) {
      entries += each.size();
    }
    return entries;
  }

  /** Fails on a tree that is not complete. */
  private static long size(@Nullable Tree tree) {
    if (tree == null) {
      return 0;
    }
    long newer = size(tree.newer());
    assertThat(size(tree.older())).isEqualTo(newer);
    return 1 + 2 * newer;
  }
}
