package dev.ratelab.bench.rediscost;

import java.util.List;
import java.util.stream.IntStream;

/** What each node spent on a round, without what reading its counters cost. */
record NodeCosts(List<Counters> nodes) {
  /** Before a round: the counters, and those before them, which tell what a reading costs. */
  record Reading(List<Counters> idle, List<Counters> before) {
    NodeCosts until(List<Counters> after) {
      return new NodeCosts(IntStream.range(0, after.size())
          .mapToObj(i -> after.get(i).minus(before.get(i)).minus(before.get(i).minus(idle.get(i))))
          .toList());
    }
  }

  Counters sum() {
    return nodes.stream().reduce(Counters.NONE, Counters::plus);
  }

  /** The share of all scripts that the busiest node ran. */
  double busiestShare() {
    return nodes.stream().mapToDouble(Counters::scripts).max().orElse(0) / sum().scripts();
  }

  /** The processor time of the node that needed most. */
  double busiestCpuMicros() {
    return nodes.stream().mapToDouble(Counters::cpuMicros).max().orElse(0);
  }
}
