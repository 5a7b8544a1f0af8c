package dev.ratelab.bench;

/** Who is told how far an experiment is. */
@FunctionalInterface
public interface Progress {
  /**
   * A step begins.
   *
   * @param step what is measured now, in a few words, for example {@code gcra, redis over jedis}
   * @param done the share of the experiment that lies behind, 0 to 1
   */
  void step(String step, double done);
}
