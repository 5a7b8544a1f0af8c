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
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What {@link Throughput} can tell on this machine: {@value #TRIALS} times the same limiter twice, and a third one slowed to 0.9
 * of its rate. How often the first two are told apart is an error, how often the third is found is what the run is good for.
 *
 * <p>{@value #AT_ONCE} such trials take turns in one panel, each in three processes of its own. So a panel is as large as one of
 * {@code compare}, and as much time lies between two turns of a subject.
 */
public final class Resolution implements Experiment {
  private static final String NAME = "resolution";
  private static final int TRIALS = 20;
  private static final int AT_ONCE = 5;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    return places(run).stream()
        .map(place -> loop(run).planned(panel(run, place)).multipliedBy(panels(run)))
        .reduce(Duration.ZERO, Duration::plus);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<Group> places = places(run);
    double each = 1.0 / places.size() / panels(run);
    double done = 0;
    for (Group place : places) {
      List<Ratio> again = new ArrayList<>();
      List<Ratio> slowed = new ArrayList<>();
      for (int number = 0; number < panels(run); number++) {
        Run drawn = run.withSeed(run.seed() + number);
        ClosedLoop loop = loop(drawn);
        List<Group> panel = panel(run, place);
        loop.forks(panel, done, done + each);
        done += each;
        for (int i = 0; i < panel.size(); i += 3) {
          again.add(ratio(drawn, loop, panel.get(i + 1), panel.get(i)));
          slowed.add(ratio(drawn, loop, panel.get(i + 2), panel.get(i)));
        }
      }
      write(run, place, again, slowed);
    }
  }

  private static ClosedLoop loop(Run run) {
    return new ClosedLoop(
        run, NAME, Effort.THROUGHPUT_MEMORY.of(run), Effort.THROUGHPUT_REDIS.of(run));
  }

  private static int panels(Run run) {
    return run.profile() == Profile.SMOKE ? 1 : TRIALS / AT_ONCE;
  }

  /** In memory and on Redis. */
  private static List<Group> places(Run run) {
    Subject memory = new Subject(Algorithm.GCRA.id(), Subject.MEMORY, Measurement.NONE);
    List<Group> places = new ArrayList<>(List.of(
        Group.inMemory(memory, Popularity.ZIPF, Runtime.getRuntime().availableProcessors())));
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      Subject remote = new Subject(Algorithm.GCRA.id(), redis.backend(), Subject.CLIENTS.get(0));
      places.addAll(Group.onRedis(List.of(remote), Popularity.ZIPF, Group.IN_FLIGHT));
    }
    return places;
  }

  /** The limiter, itself again, and slowed: so for each trial. */
  private static List<Group> panel(Run run, Group place) {
    return IntStream.range(0, run.profile() == Profile.SMOKE ? 2 : AT_ONCE)
        .boxed()
        .flatMap(trial -> Stream.of("first", "again", Group.SLOWED)
            .map(variant -> place.as(variant + "-" + trial)))
        .toList();
  }

  private static Ratio ratio(Run run, ClosedLoop loop, Group own, Group other) {
    Subject subject = own.subjects().get(0);
    List<Fork> forks = loop.measured(own.series(NAME, subject));
    List<Fork> others = loop.measured(other.series(NAME, subject));
    double[][] turns = new double[forks.size()][];
    Arrays.setAll(
        turns,
        fork -> forks.get(fork).ratios(Metric.OPERATIONS, others.get(fork).turns()));
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
