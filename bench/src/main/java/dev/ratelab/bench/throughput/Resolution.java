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
import java.util.Optional;
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

  /** What was told of a place by one metric: the limiter over itself, and the slowed one over it. */
  private record Trials(Metric metric, List<Ratio> again, List<Ratio> slowed) {}

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<Group> places = places(run);
    double each = 1.0 / places.size() / panels(run);
    double done = 0;
    for (Group place : places) {
      List<Trials> told = metrics(place).stream()
          .map(metric -> new Trials(metric, new ArrayList<>(), new ArrayList<>()))
          .toList();
      for (int number = 0; number < panels(run); number++) {
        Run drawn = run.withSeed(run.seed() + number);
        ClosedLoop loop = loop(drawn);
        List<Group> panel = panel(run, place);
        loop.forks(panel, done, done + each);
        done += each;
        for (Trials trials : told) {
          for (int i = 0; i < panel.size(); i += 3) {
            ratio(drawn, loop, trials.metric, panel.get(i + 1), panel.get(i))
                .ifPresent(trials.again::add);
            ratio(drawn, loop, trials.metric, panel.get(i + 2), panel.get(i))
                .ifPresent(trials.slowed::add);
          }
        }
      }
      for (Trials trials : told) {
        write(run, place, trials);
      }
    }
  }

  private static List<Metric> metrics(Group place) {
    return place.isRemote()
        ? List.of(Metric.SERVER_CPU, Metric.OPERATIONS)
        : List.of(Metric.OPERATIONS);
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

  private static Optional<Ratio> ratio(
      Run run, ClosedLoop loop, Metric metric, Group own, Group other) {
    Subject subject = own.subjects().get(0);
    List<Fork> forks = loop.measured(own.series(NAME, subject));
    List<Fork> others = loop.measured(other.series(NAME, subject));
    double[][] turns = new double[forks.size()][];
    Arrays.setAll(turns, fork -> forks.get(fork).ratios(metric, others.get(fork).turns()));
    return Samples.ratio(run, subject.name(), turns);
  }

  private static void write(Run run, Group group, Trials trials) throws IOException {
    Series bare = group.series(NAME, group.subjects().get(0));
    Series series = trials.metric == Metric.OPERATIONS
        ? bare
        : bare.workload(bare.workload() + "-" + trials.metric.id());
    boolean more = trials.metric.better() == Metric.Better.HIGHER;
    long alarms = trials.again.stream()
        .filter(ratio -> ratio.low() > 1 || ratio.high() < 1)
        .count();
    long found = trials.slowed.stream()
        .filter(ratio -> more ? ratio.high() < 1 : ratio.low() > 1)
        .count();
    double[] widths = trials.again.stream()
        .mapToDouble(r -> (r.high() - r.low()) / 2 / r.value())
        .toArray();
    if (trials.again.isEmpty() || trials.slowed.isEmpty()) {
      return;
    }
    double[] slowed = trials.slowed.stream().mapToDouble(Ratio::value).toArray();
    run.results()
        .add(
            series.exact(Metric.FALSE_ALARMS, (double) alarms / widths.length, widths.length),
            series.exact(Metric.FOUND, (double) found / slowed.length, slowed.length),
            series.exact(Metric.HALF_WIDTH, Interval.median(widths), widths.length),
            series.exact(Metric.SLOWED, Interval.median(slowed), slowed.length));
  }
}
