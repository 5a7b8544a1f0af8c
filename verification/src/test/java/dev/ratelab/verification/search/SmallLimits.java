package dev.ratelab.verification.search;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Limits whose every state can be visited: from one permit an instant to several windows' worth of burst. */
final class SmallLimits {
  private static final long[][] SIZES = {
    {1, 1}, {1, 4}, {2, 3}, {3, 2}, {5, 2}, {2, 5}, {3, 6}, {4, 12}, {6, 8}
  };

  private static final int[] BUCKETS = {1, 2, 3, 10};

  private SmallLimits() {}

  /** Those of an algorithm: with a burst or buckets of its own where it has them. */
  static Stream<Limit> of(Algorithm algorithm) {
    return Arrays.stream(SIZES).flatMap(size -> {
      Limit limit = new Limit(size[0], size[1], size[0]);
      if (algorithm.usesBuckets()) {
        return IntStream.of(BUCKETS).mapToObj(limit::withBuckets);
      }
      LongStream bursts =
          algorithm.usesBurst() ? LongStream.of(1, size[0], size[0] + 2) : LongStream.of(size[0]);
      return bursts.distinct().mapToObj(limit::withBurst);
    });
  }
}
