package dev.ratelab.verification.search;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Limits whose every state can be visited: from one permit an instant to several windows' worth of burst. */
final class SmallLimits {
  private static final long[][] SIZES = {
    {1, 1}, {1, 4}, {2, 3}, {3, 2}, {5, 2}, {2, 5}, {3, 6}, {4, 12}, {6, 8}
  };

  private SmallLimits() {}

  /** Those of an algorithm: with a burst of its own where it has one. */
  static Stream<Limit> of(Algorithm algorithm) {
    return Arrays.stream(SIZES).flatMap(size -> {
      LongStream bursts =
          algorithm.usesBurst() ? LongStream.of(1, size[0], size[0] + 2) : LongStream.of(size[0]);
      return bursts.distinct().mapToObj(burst -> new Limit(size[0], size[1], burst));
    });
  }
}
