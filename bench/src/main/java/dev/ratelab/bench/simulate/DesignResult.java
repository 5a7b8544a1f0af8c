package dev.ratelab.bench.simulate;

import java.util.List;

/**
 * What a design did with the requests. Shares are of all requests unless it says otherwise; delays are in microseconds.
 *
 * @param design its name, and what it took from the settings
 * @param requests how many came
 * @param admitted how many were admitted
 * @param denied how many a counter, or what an instance knew of it, denied
 * @param unanswered how many were denied because no answer came within the deadline
 * @param crashed how many came to an instance that was down, or waited at one when it crashed
 * @param over the permits over E(τ) in the worst interval of any key ({@link WorstInterval})
 * @param excess the most that a key got in a window, in limits N, less 1; 0 if none got over N
 * @param overAdmitted what keys got over what one central limiter without a network gives them on the same arrivals, as a share of all
 *     that it admits
 * @param underAdmitted what they did not get, in the same way
 * @param lapsed permits that were charged and not spent, as a share of those charged
 * @param callsPerDecision how many calls to shards there were for each request
 * @param shards what each shard did
 * @param meanDelay how long requests waited for their answers
 * @param p50 half of them no longer
 * @param p99 and 99 % no longer
 * @param light the share of the requests whose key has no counter
 * @param lightWrong the most, by expectation, that is wrongly admitted among them
 * @param simulated requests that were simulated in a second of this machine's processor; the only number that two runs of a seed do not
 *     share
 */
public record DesignResult(
    String design,
    long requests,
    long admitted,
    long denied,
    long unanswered,
    long crashed,
    long over,
    double excess,
    double overAdmitted,
    double underAdmitted,
    double lapsed,
    double callsPerDecision,
    List<ShardLoad> shards,
    double meanDelay,
    long p50,
    long p99,
    double light,
    double lightWrong,
    double simulated) {

  /**
   * What a shard did.
   *
   * @param region where it lies, from 0 on
   * @param callsPerSecond calls of any kind
   * @param busy how much of its processor they needed; over 1 its queue grew
   */
  public record ShardLoad(int region, double callsPerSecond, double busy) {}

  /** The share of its processor that the busiest shard needed. */
  public double busiest() {
    return shards.stream().mapToDouble(ShardLoad::busy).max().orElse(0);
  }

  /** The mean of what shards needed. */
  public double meanBusy() {
    return shards.stream().mapToDouble(ShardLoad::busy).average().orElse(0);
  }

  /** Calls that all shards got in a second. */
  public double callsPerSecond() {
    return shards.stream().mapToDouble(ShardLoad::callsPerSecond).sum();
  }
}
