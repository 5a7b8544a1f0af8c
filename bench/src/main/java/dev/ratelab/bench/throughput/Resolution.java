package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link Throughput} can tell on this machine: the same limiter twice, and once more with a tenth more work for each
 * decision, in {@value #TRIALS} runs. How often the first two are told apart is an error, how often the third is found is what
 * the run is good for.
 */
public final class Resolution implements Experiment {
  private static final String NAME = "resolution";
  private static final int TRIALS = 20;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    return places(run).stream()
        .map(groups -> loop(run).planned(groups).multipliedBy(trials(run)))
        .reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<List<Group>> places = places(run);
    double each = 1.0 / places.size() / trials(run);
    double done = 0;
    for (List<Group> groups : places) {
      List<Ratio> again = new ArrayList<>();
      List<Ratio> slowed = new ArrayList<>();
      for (int trial = 0; trial < trials(run); trial++) {
        Run drawn = new Run(
            run.profile(),
            run.seed() + trial,
            run.limit(),
            run.redis(),
            run.results(),
            run.progress());
        ClosedLoop loop = loop(drawn);
        loop.forks(groups, done, done + each);
        done += each;
        again.add(ratio(drawn, loop, groups.get(1)));
        slowed.add(ratio(drawn, loop, groups.get(2)));
      }
      write(run, groups.get(0), again, slowed);
    }
  }

  private static ClosedLoop loop(Run run) {
    return new ClosedLoop(
        run, NAME, Effort.THROUGHPUT_MEMORY.of(run), Effort.THROUGHPUT_REDIS.of(run));
  }

  private static int trials(Run run) {
    return run.profile() == Profile.SMOKE ? 2 : TRIALS;
  }

  /** In memory and on Redis: the limiter, itself again, and slowed. */
  private static List<List<Group>> places(Run run) {
    Subject memory = new Subject(Algorithm.GCRA.id(), Subject.MEMORY, Measurement.NONE);
    List<Group> plain = new ArrayList<>(List.of(
        Group.inMemory(memory, Popularity.ZIPF, Runtime.getRuntime().availableProcessors())));
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      Subject remote = new Subject(Algorithm.GCRA.id(), redis.backend(), Subject.CLIENTS.get(0));
      plain.addAll(Group.onRedis(List.of(remote), Popularity.ZIPF, Group.IN_FLIGHT));
    }
    return plain.stream()
        .map(group -> List.of(group, group.as(Group.AGAIN), group.as(Group.SLOWED)))
        .toList();
  }

  private static Ratio ratio(Run run, ClosedLoop loop, Group group) {
    Subject subject = group.subjects().get(0);
    double[][] turns = loop.measured(group.series(NAME, subject)).stream()
        .map(fork -> fork.ratios(Metric.OPERATIONS, subject.name()))
        .toArray(double[][]::new);
    return Samples.ratio(run, subject.name(), turns);
  }

  private static void write(Run run, Group group, List<Ratio> again, List<Ratio> slowed)
      throws IOException {
    Series series = group.series(NAME, group.subjects().get(0));
    long alarms =
        again.stream().filter(ratio -> ratio.low() > 1 || ratio.high() < 1).count();
    long found = slowed.stream().filter(ratio -> ratio.high() < 1).count();
    double[] widths =
        again.stream().mapToDouble(r -> (r.high() - r.low()) / 2 / r.value()).toArray();
    int n = again.size();
    run.results()
        .add(
            series.exact(Metric.FALSE_ALARMS, (double) alarms / n, n),
            series.exact(Metric.FOUND, (double) found / n, n),
            series.exact(Metric.HALF_WIDTH, Interval.median(widths), n),
            series.exact(
                Metric.SLOWED,
                Interval.median(slowed.stream().mapToDouble(Ratio::value).toArray()),
                n));
  }
}
