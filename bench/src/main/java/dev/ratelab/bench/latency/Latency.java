package dev.ratelab.bench.latency;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Keys;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Rounds;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.load.LatencySample;
import dev.ratelab.bench.load.OpenLoop;
import dev.ratelab.bench.load.PoissonArrivals;
import dev.ratelab.bench.load.TargetCall;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Response times under Poisson arrivals at a fixed rate ({@link OpenLoop}), the machine's limits beside them.
 *
 * <p>Every subject of a backend is offered the very same arrivals, at a rate far below what the slowest of them can
 * serve on a small machine: this compares response times, not queues. Lettuce is called asynchronously by one sender,
 * Jedis by {@value #JEDIS_SENDERS} senders that block, memory by one sender that never sleeps. All take turns, round by
 * round, after a round at a higher rate that only warms up.
 *
 * <p>All algorithms in memory share this JVM, so the compiler cannot specialise it for one of them, as it does in the
 * forks of the throughput experiment: in the same way for all, and a service with several policies has the same.
 */
public final class Latency implements Experiment {
  private static final String NAME = "latency";
  private static final String WORKLOAD = "poisson";
  private static final int JEDIS_SENDERS = 16;
  private static final int WARMUP_FACTOR = 4;

  /** An arrival sent later than this, though its sender was free in time, is the generator's fault. */
  private static final long LATE_NANOS = 100_000;

  private static final double[] PERCENTS = {50, 90, 99, 99.9};

  /**
   * How much is measured.
   *
   * @param rounds measured rounds
   * @param warmup length of the round before them
   * @param memoryRound length of a round of a subject in memory
   * @param memoryRate arrivals a second in memory
   * @param redisRound length of a round of a subject on Redis
   * @param redisRate arrivals a second on Redis
   */
  private record Effort(
      int rounds,
      Duration warmup,
      Duration memoryRound,
      double memoryRate,
      Duration redisRound,
      double redisRate) {

    static Effort of(Profile profile) {
      return switch (profile) {
        case SMOKE -> new Effort(1, millis(20), millis(50), 20_000, millis(100), 500);
        case QUICK -> new Effort(3, millis(500), millis(500), 20_000, millis(1000), 2_000);
        case FULL -> new Effort(6, millis(2000), millis(1500), 20_000, millis(2500), 2_000);
      };
    }

    private static Duration millis(long millis) {
      return Duration.ofMillis(millis);
    }

    double rate(Subject subject) {
      return subject.isRemote() ? redisRate : memoryRate;
    }

    Duration round(Subject subject) {
      return subject.isRemote() ? redisRound : memoryRound;
    }
  }

  /** A subject ready to be loaded, and what it has shown so far. */
  private record Contestant(Subject subject, Target target, LatencySample sample) {

    int senders() {
      return subject.client().equals("jedis") ? JEDIS_SENDERS : 1;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort effort = Effort.of(run.profile());
    Duration all = Duration.ZERO;
    for (Subject subject : subjects(run)) {
      all = all.plus(effort.warmup).plus(effort.round(subject).multipliedBy(effort.rounds));
    }
    return all;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    Effort effort = Effort.of(run.profile());
    List<Contestant> contestants = new ArrayList<>();
    try (Targets targets = new Targets(run.redisUrl())) {
      for (Subject subject : subjects(run)) {
        Target target = targets.target(subject, run.limit());
        contestants.add(new Contestant(subject, target, new LatencySample(LATE_NANOS)));
      }
      measure(run, effort, contestants);
    }
  }

  private static List<Subject> subjects(Run run) {
    List<Subject> subjects = new ArrayList<>(Subject.inMemory());
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      Subject.CLIENTS.forEach(client -> subjects.addAll(Subject.onRedis(redis, client)));
    }
    return subjects;
  }

  private static void measure(Run run, Effort effort, List<Contestant> contestants)
      throws InterruptedException, IOException {
    Keys keys = new Keys(run.seed(), 0);
    int turns = contestants.size() * (effort.rounds + 1);
    int done = 0;
    try {
      List<List<Contestant>> rounds = Rounds.of(contestants, effort.rounds + 1, run.seed());
      for (int round = 0; round < rounds.size(); round++) {
        for (Contestant contestant : rounds.get(round)) {
          Subject subject = contestant.subject;
          boolean warmup = round == 0;
          run.progress()
              .step(
                  subject.title()
                      + (warmup ? ", warm-up" : ", round %s of %s".formatted(round, effort.rounds)),
                  (double) done++ / turns);
          Duration length = warmup ? effort.warmup : effort.round(subject);
          long[] schedule = new PoissonArrivals()
              .nanos(
                  Seeds.derive(run.seed(), "arrivals", round),
                  (warmup ? WARMUP_FACTOR : 1) * effort.rate(subject),
                  length);
          OpenLoop.Outcome outcome = OpenLoop.run(
              schedule,
              contestant.senders(),
              subject.isRemote() ? OpenLoop.Waiting.SLEEPING : OpenLoop.Waiting.SPINNING,
              call(contestant, keys));
          if (!warmup) {
            contestant.sample.add(schedule, length.toNanos(), outcome);
          }
        }
      }
    } finally {
      for (Contestant contestant : contestants) {
        write(run, contestant);
      }
    }
  }

  private static OpenLoop.Call call(Contestant contestant, Keys keys) {
    Subject subject = contestant.subject;
    return TargetCall.of(contestant.target, subject.isAsynchronous(), keys::at);
  }

  private static void write(Run run, Contestant contestant) throws IOException {
    LatencySample sample = contestant.sample;
    int n = sample.count();
    if (n == 0) {
      return;
    }
    Series series = contestant.subject.series(NAME, WORKLOAD).threads(contestant.senders());
    series = run.results().histogram(series, sample.intervals(), 1_000);
    LatencySample.Percentile[] percentiles =
        sample.percentiles(Seeds.derive(run.seed(), "bootstrap", 0), PERCENTS);
    for (int i = 0; i < percentiles.length; i++) {
      LatencySample.Percentile p = percentiles[i];
      run.results()
          .add(series.measured(
              Metric.PERCENTILES.get(i), p.value() / 1e3, p.low() / 1e3, p.high() / 1e3, n));
    }
    double max = sample.histogram().getMaxValue() / 1e3;
    run.results()
        .add(
            series.exact(Metric.MAX, max, n),
            series.exact(Metric.RATE, sample.offeredPerSecond(), n),
            series.exact(Metric.COMPLETED, sample.completedPerSecond(), n),
            series.exact(Metric.LATE, sample.lateShare(), n));
    if (sample.failed() > 0) {
      run.results()
          .environment(
              "warning_failed_" + contestant.subject.id(),
              "%s of %s requests to %s were not answered within %s s; their latency counts until that was known"
                  .formatted(
                      sample.failed(), n, contestant.subject.title(), Target.DEADLINE.toSeconds()));
    }
  }
}
