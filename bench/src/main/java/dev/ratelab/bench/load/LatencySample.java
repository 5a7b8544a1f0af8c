package dev.ratelab.bench.load;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * The latencies of one subject over all rounds. Percentiles come from an HdrHistogram with three significant digits.
 *
 * <p>Neighbouring latencies resemble each other (one pause delays many requests), so an interval that took them for
 * independent would be too narrow. The 95 % interval of a percentile is therefore a bootstrap over blocks: the schedule
 * is cut into blocks of {@value #BLOCK_NANOS} ns, as many blocks as there are get drawn with replacement, {@value
 * #RESAMPLES} times, and the percentile's 2.5th and 97.5th percentiles over the draws are the interval (Künsch, 1989).
 */
final class LatencySample {
  /** The length of a block of the bootstrap. */
  static final long BLOCK_NANOS = 100_000_000;

  private static final int BLOCKS_PER_INTERVAL = 10;
  private static final int RESAMPLES = 400;
  private static final double[] PERCENTS = {50, 90, 99, 99.9};

  private final Histogram histogram = new Histogram(3);
  private final long lateNanos;
  private final List<Round> rounds = new ArrayList<>();
  private long[] latencies = {};
  private int[] blocks = {};
  private int blockCount;
  private long errors;
  private long timeouts;
  private long late;
  private long offeredNanos;
  private long lengthNanos;

  /** A percentile and the ends of its 95 % interval, in nanoseconds. */
  record Percentile(double value, double low, double high) {}

  /** Where a round lies among all requests and blocks, and in time. */
  private record Round(long startMillis, int from, int to, int firstBlock, int endBlock) {}

  /** An arrival that the generator itself sent later than {@code lateNanos} was late. */
  LatencySample(long lateNanos) {
    this.lateNanos = lateNanos;
    histogram.setStartTimeStamp(System.currentTimeMillis());
  }

  void add(long[] schedule, long roundNanos, OpenLoop.Outcome outcome) {
    int before = latencies.length;
    latencies = Arrays.copyOf(latencies, before + schedule.length);
    blocks = Arrays.copyOf(blocks, before + schedule.length);
    for (int i = 0; i < schedule.length; i++) {
      long latency = Math.max(0, outcome.latencies()[i]);
      latencies[before + i] = latency;
      blocks[before + i] = blockCount + (int) (schedule[i] / BLOCK_NANOS);
      histogram.recordValue(latency);
    }
    int blocksBefore = blockCount;
    blockCount += (int) ((roundNanos + BLOCK_NANOS - 1) / BLOCK_NANOS);
    rounds.add(
        new Round(outcome.startMillis(), before, latencies.length, blocksBefore, blockCount));
    errors += outcome.count(OpenLoop.Answer.ERROR);
    timeouts += outcome.count(OpenLoop.Answer.TIMEOUT);
    late += outcome.late(lateNanos);
    offeredNanos += roundNanos;
    lengthNanos += Math.max(roundNanos, outcome.lengthNanos());
    histogram.setEndTimeStamp(System.currentTimeMillis());
  }

  /**
   * Adds percentiles, the worst, the rates and the share of late arrivals to the results.
   *
   * @param rates whether the rounds were long enough for rates
   */
  Series write(Run run, Series bare, boolean rates) throws IOException {
    int n = count();
    Series series = run.results().histogram(bare, intervals(), 1_000);
    Percentile[] percentiles = percentiles(Seeds.derive(run.seed(), "bootstrap", 0), PERCENTS);
    for (int i = 0; i < PERCENTS.length; i++) {
      Percentile p = percentiles[i];
      run.results()
          .add(series.measured(
              Metric.PERCENTILES.get(i), p.value() / 1e3, p.low() / 1e3, p.high() / 1e3, n));
    }
    run.results().add(series.exact(Metric.MAX, histogram.getMaxValue() / 1e3, n));
    if (rates) {
      run.results()
          .add(
              series.exact(Metric.RATE, offeredPerSecond(), n),
              series.exact(Metric.COMPLETED, completedPerSecond(), n));
    }
    run.results().add(series.exact(Metric.LATE, lateShare(), n));
    return series;
  }

  int count() {
    return latencies.length;
  }

  /**
   * The same latencies cut into seconds by when their requests were due: what an interval log holds. Seconds begin anew
   * with each round; one without requests is an empty histogram.
   */
  List<Histogram> intervals() {
    List<Histogram> intervals = new ArrayList<>();
    for (Round round : rounds) {
      int first = intervals.size();
      for (int block = round.firstBlock; block < round.endBlock; block += BLOCKS_PER_INTERVAL) {
        Histogram interval = new Histogram(3);
        interval.setStartTimeStamp(round.startMillis + millis(block - round.firstBlock));
        int end = Math.min(block + BLOCKS_PER_INTERVAL, round.endBlock);
        interval.setEndTimeStamp(round.startMillis + millis(end - round.firstBlock));
        intervals.add(interval);
      }
      for (int i = round.from; i < round.to; i++) {
        int second = (blocks[i] - round.firstBlock) / BLOCKS_PER_INTERVAL;
        intervals.get(first + second).recordValue(latencies[i]);
      }
    }
    return intervals;
  }

  private static long millis(int blocks) {
    return blocks * (BLOCK_NANOS / 1_000_000);
  }

  /** Requests that were answered as they should not be, or whose connection broke. */
  long errors() {
    return errors;
  }

  /** Requests that were not answered within the deadline. */
  long timeouts() {
    return timeouts;
  }

  long failed() {
    return errors + timeouts;
  }

  /** Arrivals a second that were offered. */
  double offeredPerSecond() {
    return latencies.length * 1e9 / offeredNanos;
  }

  /** Requests a second that were answered properly. */
  double completedPerSecond() {
    return (latencies.length - failed()) * 1e9 / lengthNanos;
  }

  /** The share of arrivals that the generator itself sent late. */
  double lateShare() {
    return (double) late / latencies.length;
  }

  /** Percentiles, each over 0 and at most 100, by a bootstrap from a seed. */
  Percentile[] percentiles(long seed, double... percents) {
    Integer[] order = new Integer[latencies.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(latencies[b], latencies[a]));
    long[] descending = new long[order.length];
    int[] blockOf = new int[order.length];
    int[] blockSize = new int[blockCount];
    for (int i = 0; i < order.length; i++) {
      descending[i] = latencies[order[i]];
      blockOf[i] = blocks[order[i]];
      blockSize[blockOf[i]]++;
    }
    double[][] drawn = new double[percents.length][RESAMPLES];
    SplittableRandom random = new SplittableRandom(seed);
    int[] weight = new int[blockCount];
    for (int r = 0; r < RESAMPLES; r++) {
      Arrays.fill(weight, 0);
      long total = 0;
      for (int b = 0; b < blockCount; b++) {
        int block = random.nextInt(blockCount);
        weight[block]++;
        total += blockSize[block];
      }
      for (int p = 0; p < percents.length; p++) {
        drawn[p][r] = fromTop(descending, blockOf, weight, total, percents[p]);
      }
    }
    Percentile[] percentiles = new Percentile[percents.length];
    for (int p = 0; p < percents.length; p++) {
      Arrays.sort(drawn[p]);
      double value = histogram.getValueAtPercentile(percents[p]);
      double low = drawn[p][(int) (0.025 * RESAMPLES)];
      double high = drawn[p][(int) (0.975 * RESAMPLES)];
      percentiles[p] = new Percentile(value, Math.min(value, low), Math.max(value, high));
    }
    return percentiles;
  }

  // The nearest-rank percentile of a weighted sample, from the largest value downwards.
  private static double fromTop(
      long[] descending, int[] blockOf, int[] weight, long total, double percent) {
    long above = total - (long) Math.ceil(percent / 100 * total);
    long passed = 0;
    for (int i = 0; i < descending.length; i++) {
      passed += weight[blockOf[i]];
      if (passed > above) {
        return descending[i];
      }
    }
    return descending[descending.length - 1];
  }
}
