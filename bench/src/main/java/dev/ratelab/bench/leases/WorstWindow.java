package dev.ratelab.bench.leases;

import java.util.List;
import java.util.stream.LongStream;

/**
 * The most that was admitted in some interval of a length, for certain: of a decision is known that it was made from its sending to its
 * answer, and counted is only what both lie in. So what is over a bound has broken it.
 */
final class WorstWindow {
  private final long[] sent;
  private final long[] answered;

  /** Of decisions of cost 1 that admitted. */
  static WorstWindow of(List<Instances.Sent> admitted) {
    return new WorstWindow(
        admitted.stream().mapToLong(Instances.Sent::at).toArray(),
        admitted.stream().mapToLong(Instances.Sent::answered).toArray());
  }

  /**
   * Of as many instants of each, in microseconds.
   *
   * @param sent before a decision
   * @param answered after it
   */
  WorstWindow(long[] sent, long[] answered) {
    this.sent = LongStream.of(sent).sorted().toArray();
    this.answered = LongStream.of(answered).sorted().toArray();
  }

  /** In some τ microseconds, τ over 0. */
  long at(long tau) {
    int most = 0;
    for (int before = 0; before + most < sent.length; before++) {
      // Less those that began before it, whenever they ended: are they more than elsewhere?
      while (before + most < answered.length && answered[before + most] - sent[before] < tau) {
        most++;
      }
    }
    return most;
  }
}
