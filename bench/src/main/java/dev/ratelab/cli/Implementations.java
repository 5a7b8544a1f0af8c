package dev.ratelab.cli;

import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.verification.suite.Implementation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what is verified, given a run's Redis. */
interface Implementations {
  /**
   * What is verified.
   *
   * @param targets brings the connections, and closes them
   * @param redis the run's Redis, or null if there is none
   */
  List<Implementation> of(Targets targets, @Nullable RedisUnderTest redis);

  /** All there are. */
  static List<Implementation> all(Targets targets, @Nullable RedisUnderTest redis) {
    List<Implementation> all =
        new ArrayList<>(List.of(Implementation.java(), Implementation.memory()));
    if (redis != null) {
      for (String client : Subject.CLIENTS) {
        all.add(Implementation.redis(targets.client(client), redis.backend()));
      }
    }
    return all;
  }
}
