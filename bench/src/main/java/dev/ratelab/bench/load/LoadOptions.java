package dev.ratelab.bench.load;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.DurationText;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a load is made, whatever is loaded.
 *
 * @param rate requests a second, over 0; for a trace its own
 * @param warmup how long the same load runs before that, 0 for not at all
 * @param connections of HTTP, at least 1; senders of a client that blocks
 * @param pipeline unanswered requests on one connection, at least 1
 * @param keys how many different keys there are, at least 1
 * @param deadline of a request, counted from when it was due
 * @param slo the objective whose highest rate is to be found, or null for none
 */
public record LoadOptions(
    ArrivalProcess arrivals,
    double rate,
    Duration duration,
    Duration warmup,
    int connections,
    int pipeline,
    int keys,
    Popularity skew,
    Duration deadline,
    @Nullable Slo slo) {
  /** The most requests of one run: their latencies are kept one by one. */
  public static final int MAX_REQUESTS = 20_000_000;

  private static final int TRIALS_PER_DURATION = 10;
  private static final int TRIALS_A_SEARCH = 20;
  private static final Duration SHORTEST_TRIAL = Duration.ofMillis(200);

  /**
   * Checks what the machine could not bear.
   *
   * @throws IllegalArgumentException if a value lies outside; the message is for people
   */
  public LoadOptions {
    double longest = Math.max(seconds(duration), seconds(warmup));
    require(
        rate > 0 && rate <= MAX_REQUESTS,
        "rate is %s; accepted: over 0 to %s".formatted(rate, MAX_REQUESTS));
    require(
        rate * longest <= MAX_REQUESTS,
        String.format(
            Locale.ROOT,
            "%.0f a second for %.0f s are more requests than fit into memory; accepted: at most %s",
            rate,
            longest,
            MAX_REQUESTS));
    require(
        !duration.isZero() && !duration.isNegative(),
        "duration is %s; accepted: over 0".formatted(DurationText.of(duration)));
    require(
        !warmup.isNegative(),
        "warmup is %s; accepted: 0 or longer".formatted(DurationText.of(warmup)));
    require(
        connections >= 1 && connections <= 10_000,
        "connections is %s; accepted: 1 to 10000".formatted(connections));
    require(
        pipeline >= 1 && pipeline <= 10_000,
        "pipeline is %s; accepted: 1 to 10000".formatted(pipeline));
    require(keys >= 1 && keys <= 10_000_000, "keys is %s; accepted: 1 to 10000000".formatted(keys));
    require(
        deadline.toMillis() >= 1 && deadline.toSeconds() <= 20,
        "timeout is %s; accepted: 1 ms to 20 s".formatted(DurationText.of(deadline)));
  }

  /** How late the generator may send, in nanoseconds, before an arrival counts as late: 1 ms unless the objective is tight. */
  public long lateNanos() {
    return slo == null ? Slo.LATE_NANOS : slo.lateNanos();
  }

  /** How long one trial of the search is. */
  public Duration trial() {
    Duration trial = duration.dividedBy(TRIALS_PER_DURATION);
    return trial.compareTo(SHORTEST_TRIAL) < 0 ? SHORTEST_TRIAL : trial;
  }

  /** How long so many searches take, about; nothing without an objective. */
  Duration searching(int searches) {
    return slo == null ? Duration.ZERO : trial().multipliedBy((long) searches * TRIALS_A_SEARCH);
  }

  /** The highest rate that the search tries. */
  public double highestRate() {
    return MAX_REQUESTS / Math.max(1, 2 * seconds(trial()));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static void require(boolean held, String problem) {
    if (!held) {
      throw new IllegalArgumentException(problem);
    }
  }
}
