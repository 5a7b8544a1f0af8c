package dev.ratelab.bench.validation;

import dev.ratelab.bench.burst.ArrivalCurve;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What became of a load's requests, each of cost 1, in the order in which they were sent.
 *
 * @param key which key each was for
 * @param sent when it was sent, in microseconds, ascending
 * @param decided when its answer was there, on the same clock
 * @param admitted the answer
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
record Observed(int[] key, long[] sent, long[] decided, boolean[] admitted) {
  /** The share that was admitted. */
  double share() {
    return (double) IntStream.range(0, key.length).filter(i -> admitted[i]).count() / key.length;
  }

  /** The most that one key got in one window, in limits, less 1; 0 if none got more than the limit. */
  double excess(Limit limit) {
    Map<Integer, SortedMap<Long, Long>> got = new HashMap<>();
    IntStream.range(0, key.length)
        .filter(i -> admitted[i])
        .forEach(i ->
            got.computeIfAbsent(key[i], one -> new TreeMap<>()).merge(decided[i], 1L, Long::sum));
    long most = got.values().stream()
        .mapToLong(times -> new ArrivalCurve(times).at(limit.windowMicros()))
        .max()
        .orElse(0);
    return Math.max(0, (double) most / limit.permits() - 1);
  }

  /**
   * How much each key got beyond, or short of, what one counter would have given it that every request reaches at once.
   *
   * @param over what they got too much, over all that it would have given
   * @param under what they got too little, over the same
   */
  record Deviation(double over, double under) {}

  Deviation deviation(Algorithm algorithm, Limit limit) {
    int keys = IntStream.of(key).max().orElse(0) + 1;
    long[] got = new long[keys];
    long[] due = new long[keys];
    @Nullable Object[] states = new Object[keys];
    Transition<?> transition = Transition.of(algorithm, limit);
    for (int i = 0; i < key.length; i++) {
      got[key[i]] += admitted[i] ? 1 : 0;
      due[key[i]] += admits(transition, states, key[i], sent[i]) ? 1 : 0;
    }
    double all = Math.max(1, IntStream.range(0, keys).mapToLong(k -> due[k]).sum());
    return new Deviation(
        IntStream.range(0, keys).mapToLong(k -> Math.max(0, got[k] - due[k])).sum() / all,
        IntStream.range(0, keys).mapToLong(k -> Math.max(0, due[k] - got[k])).sum() / all);
  }

  @SuppressWarnings("unchecked") // each state is what this transition returned before
  private static <S> boolean admits(
      Transition<S> transition, @Nullable Object[] states, int key, long now) {
    Transition.Step<S> step = transition.apply((S) states[key], now, 1);
    states[key] = step.state();
    return step.decision().allowed();
  }
}
