package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Profile;
import java.time.Duration;

/**
 * How much is measured in a closed loop.
 *
 * @param passes forks for each group
 * @param iterations measured iterations of each subject in a fork
 * @param mostWarmup the most by which a warm-up is prolonged, as a factor, until the iterations are steady
 * @param memoryWarmup before them, in memory
 * @param memoryIteration an iteration's length in memory
 * @param redisWarmup before them, on Redis
 * @param redisIteration an iteration's length on Redis
 */
public record Effort(
    int passes,
    int iterations,
    int mostWarmup,
    Duration memoryWarmup,
    Duration memoryIteration,
    Duration redisWarmup,
    Duration redisIteration) {

  /** The effort of a profile. */
  public static Effort of(Profile profile) {
    return switch (profile) {
      case SMOKE -> new Effort(1, 2, 1, millis(20), millis(20), millis(20), millis(30));
      case QUICK -> new Effort(2, 8, 2, millis(600), millis(80), millis(300), millis(120));
      case FULL -> new Effort(5, 8, 4, millis(1000), millis(150), millis(600), millis(200));
    };
  }

  /** The same with other passes. */
  public Effort withPasses(int other) {
    return new Effort(
        other, iterations, mostWarmup, memoryWarmup, memoryIteration, redisWarmup, redisIteration);
  }

  Duration warmup(Group group) {
    return (group.isRemote() ? redisWarmup : memoryWarmup).multipliedBy(group.warmups());
  }

  Duration iteration(Group group) {
    return group.isRemote() ? redisIteration : memoryIteration;
  }

  /** About how long all passes of a group take, if it is steady at once. */
  Duration planned(Group group) {
    Duration start = millis(group.isRemote() ? 1500 : 800);
    Duration each = warmup(group).plus(iteration(group).multipliedBy(iterations));
    return start.plus(each.multipliedBy(group.subjects().size())).multipliedBy(passes);
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }
}
