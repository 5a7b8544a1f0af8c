package dev.ratelab.verification.replication;

import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The claim that the sliding window counter is wrong for 0.003 % of requests, with an estimate 6 % off on average (Cloudflare,
 * "How we built rate limiting capable of scaling to millions of domains", 2017, on 400 million requests from 270,000 sources),
 * measured again on generated traffic and on access logs. Every source is an independent stream in virtual time, so one after
 * the other is generated, decided and forgotten but for its sums: memory per source is constant, and the exact log's is N.
 */
public final class Replication {
  /** The claim's 400 million requests from 270,000 sources. */
  private static final long REQUESTS_PER_SOURCE = 1_480;

  private static final long FEWEST_WINDOWS = 20;
  private static final int FEWEST_SOURCES = 20;

  /** The Pareto tail of the sources' rates; traffic volumes on the Internet are usually found between 1 and 1.5. */
  private static final double TAIL = 1.2;

  /** The largest rate, in limits. */
  private static final double LARGEST = 100;

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final double[] LOADS = {0.001, 0.01, 0.1, 1};
  private static final double[] STEADY = {0.1, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.5, 2, 4};
  private static final long[] PERMITS = {10, 100, 1_000};

  private Replication() {}

  /**
   * A generated workload.
   *
   * @param name its name in the results
   * @param pattern how each source's requests lie in time
   * @param load the sources' mean rate in limits
   * @param heavyTailed whether the rates are Pareto distributed about the mean; otherwise all are equal
   * @param permits N a minute
   */
  public record Workload(
      String name, Pattern pattern, double load, boolean heavyTailed, long permits) {
    static Workload heavyTailed(Pattern pattern, double load, long permits) {
      return new Workload(
          "heavy-tailed-%s-load-%s-n-%s".formatted(pattern.id(), number(load), permits),
          pattern,
          load,
          true,
          permits);
    }

    static Workload steady(double load, long permits) {
      return new Workload(
          "equal-poisson-load-%s-n-%s".formatted(number(load), permits),
          Pattern.POISSON,
          load,
          false,
          permits);
    }

    private static String number(double load) {
      return load == Math.rint(load) ? Long.toString((long) load) : Double.toString(load);
    }
  }

  /**
   * The whole table: the main workload, then a tenth of it for every pattern, load and limit, then sources that all send at the
   * same rate.
   *
   * @param seed the same seed, the same rows
   * @param requests about how many the main workload has, at least 1,000
   * @param to takes each row when it is ready
   * @throws IllegalArgumentException for fewer requests
   */
  public static void run(long seed, long requests, Consumer<Row> to) {
    if (requests < 1_000) {
      throw new IllegalArgumentException(
          "requests is %s; accepted: 1000 and more".formatted(requests));
    }
    Workload main = Workload.heavyTailed(Pattern.POISSON, 0.01, 100);
    to.accept(generated(main, requests, seed));
    for (Pattern pattern : Pattern.values()) {
      for (double load : LOADS) {
        for (long permits : PERMITS) {
          Workload workload = Workload.heavyTailed(pattern, load, permits);
          if (!workload.equals(main)) {
            to.accept(generated(workload, requests / 10, seed));
          }
        }
      }
    }
    for (double load : STEADY) {
      for (long permits : PERMITS) {
        to.accept(generated(Workload.steady(load, permits), requests / 10, seed));
      }
    }
  }

  /** One generated workload of about so many requests. The same seed gives the same row. */
  public static Row generated(Workload workload, long requests, long seed) {
    Limit limit = Limit.of(workload.permits, WINDOW);
    double mean = workload.load * workload.permits;
    int sources = (int) Math.max(FEWEST_SOURCES, Math.min(requests / REQUESTS_PER_SOURCE, (long)
        (requests / (FEWEST_WINDOWS * mean))));
    double[] rates = rates(workload, sources);
    double windows = requests / (sources * mean);
    // Each workload and each source has a stream of its own, so that no row depends on another.
    SplittableRandom random =
        new SplittableRandom(seed ^ workload.name.hashCode() * 0x9E3779B97F4A7C15L);
    List<Tally> tallies = new ArrayList<>();
    for (double rate : rates) {
      Tally tally = new Tally(limit);
      workload.pattern.requests(limit, rate, windows, random.split(), tally::request);
      tallies.add(tally);
    }
    return row(workload.name, tallies, random.split());
  }

  /** The quantiles of the distribution and not a sample, so that the mean is what it should be. */
  private static double[] rates(Workload workload, int sources) {
    double mean = workload.load * workload.permits;
    double[] rates = new double[sources];
    for (int i = 0; i < sources; i++) {
      double rest = (i + 0.5) / sources;
      rates[i] = workload.heavyTailed
          ? Math.min(
              StrictMath.pow(rest, -1 / TAIL) * mean * (TAIL - 1) / TAIL,
              LARGEST * workload.permits)
          : mean;
    }
    double scale = mean * sources / Arrays.stream(rates).sum();
    return Arrays.stream(rates).map(rate -> rate * scale).toArray();
  }

  /** A log's requests as they were, all sources held to one limit. */
  public static Recorded recorded(String name, Limit limit, long seed) {
    return new Recorded(name, limit, seed);
  }

  /** Requests that come from outside, in the order of time. */
  public static final class Recorded {
    private final String name;
    private final Limit limit;
    private final long seed;
    private final Map<String, Tally> tallies = new LinkedHashMap<>();

    private Recorded(String name, Limit limit, long seed) {
      this.name = name;
      this.limit = limit;
      this.seed = seed;
    }

    /** Takes the next request, of a source whose times, in microseconds, never fall. */
    public void request(String source, long at) {
      tallies.computeIfAbsent(source, any -> new Tally(limit)).request(at);
    }

    /** The row of all of them. Throws {@link IllegalStateException} if there were none. */
    public Row row() {
      return Replication.row(name, new ArrayList<>(tallies.values()), new SplittableRandom(seed));
    }
  }

  private static Row row(String name, List<Tally> tallies, SplittableRandom random) {
    long requests = tallies.stream().mapToLong(Tally::requests).sum();
    if (requests == 0) {
      throw new IllegalStateException("%s has no requests".formatted(name));
    }
    return new Row(name, tallies.size(), requests, Bootstrap.of(tallies, random));
  }
}
