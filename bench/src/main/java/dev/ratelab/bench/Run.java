package dev.ratelab.bench;

import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.ResultsDirectory;
import org.jspecify.annotations.Nullable;

/**
 * What an experiment is given.
 *
 * @param seed every generator starts from it: the same seed gives the same load
 * @param limit the limit that every algorithm enforces, unless an experiment states its own
 * @param redis a Redis that answers, or null if there is none: then only this process is measured
 * @param progress who is told how far the experiment is
 */
public record Run(
    Profile profile,
    long seed,
    Limit limit,
    @Nullable RedisUnderTest redis,
    ResultsDirectory results,
    Progress progress) {

  /** The same run of another seed. */
  public Run withSeed(long other) {
    return new Run(profile, other, limit, redis, results, progress);
  }

  /** The same run under another limit. */
  public Run withLimit(Limit other) {
    return new Run(profile, seed, other, redis, results, progress);
  }

  /** The same run, whose steps another is told of. */
  public Run withProgress(Progress told) {
    return new Run(profile, seed, limit, redis, results, told);
  }

  /** The Redis' URL, or null if there is none. */
  public @Nullable String redisUrl() {
    return redis == null ? null : redis.url();
  }
}
