package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.rediscost.Counters;
import dev.ratelab.bench.rediscost.Servers;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Measures subjects in short turns. All of a {@linkplain Group.Panel panel} take one in every round, so that whatever drifts
 * (heat, other load) hits a subject and those it is held against alike, and their ratio is taken round by round. The shorter a
 * round, the less has drifted in it. Each group has a process of its own as long as a fork lasts, and is idle between its
 * turns; a fork is a set of new processes.
 *
 * <p>All are warmed up in {@value #PASSES} passes. Where a pass lasts longer than a window, the second one meets what only time brings,
 * such as counters that are over, and that is compiled before it is measured. Whether a subject was warm ({@link SteadyState}) is
 * judged by its ratio to the physical limit: what drifts there is no drift of the machine. What was not is kept, and said.
 */
final class ClosedLoop {
  private static final int PASSES = 2;

  /** Turns of a subject's warm-up in each pass. */
  private static final int WARMUP_TURNS = 5;

  private static final Duration START_MEMORY = Duration.ofMillis(250);
  private static final Duration START_REDIS = Duration.ofMillis(900);

  private final Run run;
  private final String experiment;
  private final Effort.Amount memory;
  private final Effort.Amount redis;
  private final Map<Series, List<Fork>> forks = new LinkedHashMap<>();

  /** A subject in a fork, and the turns that it has taken. */
  private record Contestant(
      Group group, Subject subject, WorkerProcess worker, Series series, List<Turn> turns) {

    Turn turn(Duration length) throws IOException {
      return worker.turn(group.subjects().indexOf(subject), length);
    }

    String name() {
      return subject.isLimit() ? series.workload() : subject.name();
    }
  }

  /**
   * Measures nothing yet.
   *
   * @param memory how much for each subject in memory
   * @param redis how much for each on Redis
   */
  ClosedLoop(Run run, String experiment, Effort.Amount memory, Effort.Amount redis) {
    this.run = run;
    this.experiment = experiment;
    this.memory = memory;
    this.redis = redis;
  }

  /** If no turn is lengthened and processes start at once. */
  Duration planned(List<Group> groups) {
    return groups.stream()
        .map(group -> {
          Effort.Amount effort = effort(group.panel());
          return effort
              .warmup()
              .multipliedBy(group.warmups())
              .plus(group.leadIn().multipliedBy(PASSES * WARMUP_TURNS))
              .plus(effort.turn().plus(group.leadIn()).multipliedBy(effort.turns() + 1))
              .multipliedBy(group.subjects().size())
              .plus(group.isRemote() ? START_REDIS : START_MEMORY)
              .multipliedBy(effort.forks());
        })
        .reduce(Duration.ZERO, Duration::plus);
  }

  private Effort.Amount effort(Group.Panel panel) {
    return panel.remote() ? redis : memory;
  }

  /**
   * Measures all groups and writes their rows.
   *
   * @param upTo the share of the experiment that lies behind when this is done
   * @throws InterruptedException if interrupted; what was measured until then is written
   */
  void measure(List<Group> groups, double upTo) throws InterruptedException, IOException {
    try {
      forks(groups, 0, upTo);
    } finally {
      for (Map.Entry<Series, List<Fork>> measured : forks.entrySet()) {
        write(measured.getKey(), measured.getValue());
      }
      forks.clear();
    }
  }

  /** What was measured by now. */
  List<Fork> measured(Series series) {
    return forks.getOrDefault(series, List.of());
  }

  /** Measures all groups, between two shares of the experiment. */
  void forks(List<Group> groups, double from, double upTo)
      throws InterruptedException, IOException {
    Map<Group.Panel, List<Group>> panels = groups.stream()
        .collect(Collectors.groupingBy(Group::panel, LinkedHashMap::new, Collectors.toList()));
    double all = planned(groups).toMillis() / (upTo - from);
    double before = from;
    for (Map.Entry<Group.Panel, List<Group>> panel : panels.entrySet()) {
      Effort.Amount effort = effort(panel.getKey());
      double each = planned(panel.getValue()).toMillis() / all / effort.forks();
      for (int fork = 0; fork < effort.forks(); fork++) {
        fork(
            panel.getValue(),
            effort,
            new Turns(run, fork, 0, effort.turns(), before, before + each));
        before += each;
      }
    }
  }

  private void fork(List<Group> groups, Effort.Amount effort, Turns turns)
      throws InterruptedException, IOException {
    List<WorkerProcess> workers = new ArrayList<>();
    try (Servers servers = servers(groups)) {
      List<Contestant> contestants = new ArrayList<>();
      for (Group group : groups) {
        WorkerProcess worker = new WorkerProcess(run, group);
        workers.add(worker);
        for (Subject subject : group.subjects()) {
          contestants.add(new Contestant(
              group, subject, worker, group.series(experiment, subject), new ArrayList<>()));
        }
      }
      for (WorkerProcess worker : workers) {
        worker.awaitReady();
      }
      for (int pass = 0; pass < PASSES; pass++) {
        for (Contestant contestant : contestants) {
          run.progress().step(contestant.group.title() + ", warm-up", turns.from());
          warm(contestant, effort);
        }
      }
      turns.take(contestants, contestant -> contestant.group.title(), (contestant, round, done) -> {
        stopIfInterrupted();
        Turn turn = turn(contestant, effort.turn(), servers);
        // Since its warm-up a process was idle while the others had theirs: the first turn is
        // slower.
        if (round > 0) {
          contestant.turns.add(turn);
        }
      });
      for (Contestant contestant : contestants) {
        forks
            .computeIfAbsent(contestant.series, series -> new ArrayList<>())
            .add(fork(contestant, contestants));
      }
    } finally {
      workers.forEach(WorkerProcess::close);
    }
  }

  /** Those whose counters tell what Redis took for a turn; null in memory. */
  private @Nullable Servers servers(List<Group> groups) {
    RedisUnderTest redis = run.redis();
    return redis == null || !groups.get(0).isRemote()
        ? null
        : new Servers(
            RedisAddress.parse(redis.url()), redis.backend().equals(Subject.REDIS_CLUSTER));
  }

  private static Turn turn(Contestant contestant, Duration length, @Nullable Servers servers)
      throws IOException {
    if (servers == null) {
      return contestant.turn(length);
    }
    Counters idle = servers.read();
    Counters before = servers.read();
    Turn turn = contestant.turn(length);
    // A reading costs something, too: what the second did to the first.
    return turn.served(servers.read().minus(before).minus(before.minus(idle)).cpuMicros());
  }

  private static void stopIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private static void warm(Contestant contestant, Effort.Amount effort)
      throws InterruptedException, IOException {
    Duration turn =
        effort.warmup().multipliedBy(contestant.group.warmups()).dividedBy(PASSES * WARMUP_TURNS);
    for (int i = 0; i < WARMUP_TURNS; i++) {
      stopIfInterrupted();
      contestant.turn(turn);
    }
  }

  /** Ours are held against the physical limit and against each peer; others only against the limit; limits against the next. */
  private static Fork fork(Contestant own, List<Contestant> all) {
    Map<String, List<Turn>> others = new LinkedHashMap<>();
    all.stream()
        .filter(other -> other.subject.isLimit())
        // The tightest first: a script that does nothing is nearer to a limiter than a PING.
        .sorted(Comparator.comparing(other -> other.subject.name().equals(Subject.PING)))
        .dropWhile(other -> own.subject.isLimit() && !other.subject.name().equals(Subject.PING))
        .filter(other -> !other.series.equals(own.series))
        .findFirst()
        .ifPresent(limit -> others.put(limit.name(), limit.turns));
    if (!own.subject.isLimit() && own.subject.peer().isEmpty()) {
      all.stream()
          .filter(other -> other.subject.peer().isPresent())
          .forEach(peer -> others.put(peer.name(), peer.turns));
    }
    return new Fork(own.turns, others);
  }

  private void write(Series bare, List<Fork> own) throws IOException {
    Series series = raw(bare, own);
    List<Metric> metrics = new ArrayList<>(List.of(Metric.OPERATIONS, Metric.CPU_PER_DECISION));
    if (!series.backend().equals(Subject.MEMORY)) {
      metrics.add(Metric.SERVER_CPU);
    }
    for (Metric metric : metrics) {
      List<Ratio> ratios = new ArrayList<>();
      for (String other : own.get(0).others().keySet()) {
        Samples.ratio(
                run,
                other,
                own.stream().map(fork -> fork.ratios(metric, other)).toArray(double[][]::new))
            .ifPresent(ratios::add);
      }
      Samples.add(run, series, metric, values(own, metric), ratios);
    }
    if (series.backend().equals(Subject.MEMORY)) {
      Samples.add(run, series, Metric.BYTES_PER_DECISION, values(own, Metric.BYTES_PER_DECISION));
    }
    if (!SteadyState.isSteady(own.stream().map(Fork::drift).toArray(double[][]::new))) {
      run.results().add(series.exact(Metric.UNSTEADY, 1, own.size()));
      run.results()
          .warn(
              "unsteady_" + experiment,
              "%s: some rows were still getting faster or slower when they were measured, after their warm-up; they have the metric 'unsteady'"
                  .formatted(experiment));
    }
  }

  private Series raw(Series bare, List<Fork> own) throws IOException {
    try (CsvFile csv = run.results()
        .csv(bare, "fork", "iteration", "operations_per_s", "cpu_us", "server_cpu_us")) {
      for (int fork = 0; fork < own.size(); fork++) {
        List<Turn> turns = own.get(fork).turns();
        for (int i = 0; i < turns.size(); i++) {
          Turn turn = turns.get(i);
          csv.row(fork + 1, i + 1, turn.perSecond(), turn.processorMicros(), turn.serverMicros());
        }
      }
      return bare.raw(csv.raw());
    }
  }

  private static double[][] values(List<Fork> forks, Metric metric) {
    return forks.stream().map(fork -> fork.values(metric)).toArray(double[][]::new);
  }
}
