package dev.ratelab.bench.leases;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.rediscost.Counters;
import dev.ratelab.bench.rediscost.Servers;
import dev.ratelab.bench.throughput.Group;
import dev.ratelab.bench.throughput.Turn;
import dev.ratelab.bench.throughput.WorkerProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Decisions a second of one instance in a closed loop: with each lease, and beside them in memory, by a call a decision (Jedis, each
 * thread waits) and in batches (Lettuce, {@value #IN_BATCHES} calls under way). All of one load take turns; Redis' own counters say how
 * many scripts a turn ran.
 *
 * <p>Between its turns a subject is idle and what it has borrowed is over. So a turn begins with a part of the same length that does not
 * count.
 */
final class LeaseSpeed {
  /** What a ratio to them is called: docs/results-format.md. */
  private static final String MEMORY = "memory";

  private static final String CALLS = "call-a-decision";
  private static final String BATCHES = "batches";

  private static final int THREADS = 2;
  private static final int IN_BATCHES = 512;

  /** So many times as long is a turn on many keys, where each is asked for seldom. */
  private static final int LONGER = 4;

  private static final Duration START = Duration.ofSeconds(1);

  /** More than is asked for in a window, and so little that nearly all that one key asks for is denied. */
  private static final Limit ADMITS = new Limit(500_000_000, 10_000_000, 500_000_000);

  private static final Limit DENIES = new Limit(1_000, 10_000_000, 1_000);

  private final Run run;
  private final Effort.Amount effort;

  private record Load(Popularity keys, Limit limit) {
    Group of(Group group) {
      return group.as(limit.equals(ADMITS) ? "admitted" : "denied");
    }

    int longer() {
      return keys == Popularity.ZIPF ? LONGER : 1;
    }
  }

  private static final List<Load> LOADS = List.of(
      new Load(Popularity.ONE_HOT_KEY, ADMITS),
      new Load(Popularity.ONE_HOT_KEY, DENIES),
      new Load(Popularity.ZIPF, ADMITS),
      new Load(Popularity.ZIPF, DENIES));

  /** What a turn showed: of the asking process, and scripts of Redis a decision. */
  private record Shown(Turn turn, double calls) {
    double rate() {
      return turn.perSecond();
    }
  }

  /** Who takes turns under one load, and what they showed in each fork. */
  private record Contestant(String name, Group group, int subject, List<List<Shown>> forks) {
    double[][] values(ToDoubleFunction<Shown> value) {
      return forks.stream()
          .map(fork -> fork.stream().mapToDouble(value).toArray())
          .toArray(double[][]::new);
    }

    Series series() {
      return group.series(Leases.NAME, group.subjects().get(subject));
    }

    String title() {
      return series().workload() + ", " + (name.isEmpty() ? "leased" : name);
    }
  }

  LeaseSpeed(Run run) {
    this.run = run;
    effort = Effort.LEASES.of(run);
  }

  private List<Load> loads() {
    return run.profile() == Profile.SMOKE ? LOADS.subList(0, 1) : LOADS;
  }

  Duration planned() {
    long perLoad = (Leases.all(run).size() + 3) * effort.warmup().toMillis() + 4 * START.toMillis();
    long turns =
        2L * effort.turns() * effort.turn().toMillis() * (Leases.all(run).size() + 3);
    return Duration.ofMillis(effort.forks()
        * loads().stream().mapToLong(load -> perLoad + turns * load.longer()).sum());
  }

  /** Measures all loads, until a share of the experiment is done. */
  void measure(RedisUnderTest redis, double upTo) throws InterruptedException, IOException {
    boolean cluster = redis.backend().equals(Subject.REDIS_CLUSTER);
    try (Servers servers = new Servers(RedisAddress.parse(redis.url()), cluster)) {
      for (int i = 0; i < loads().size(); i++) {
        Load load = loads().get(i);
        List<Contestant> contestants = contestants(redis, load);
        try {
          for (int fork = 0; fork < effort.forks(); fork++) {
            double each = upTo / loads().size() / effort.forks();
            double from = (i * effort.forks() + fork) * each;
            fork(
                servers,
                load,
                contestants,
                new Turns(run, fork, 1, effort.turns(), from, from + each));
          }
        } finally {
          write(contestants);
        }
      }
    }
  }

  private List<Contestant> contestants(RedisUnderTest redis, Load load) {
    String gcra = Algorithm.GCRA.id();
    Subject lettuce = new Subject(gcra, redis.backend(), "lettuce");
    List<Subject> leased = Leases.all(run).stream().map(lettuce::leased).toList();
    Subject memory = new Subject(gcra, Subject.MEMORY, Measurement.NONE);
    Subject jedis = new Subject(gcra, redis.backend(), "jedis");
    Group ours = load.of(Group.onRedis(leased, load.keys, THREADS).get(0));
    List<Contestant> all = new ArrayList<>();
    for (int i = 0; i < leased.size(); i++) {
      all.add(new Contestant("", ours, i, new ArrayList<>()));
    }
    Map<String, Group> others = new LinkedHashMap<>();
    others.put(MEMORY, Group.inMemory(memory, load.keys, THREADS));
    others.put(CALLS, Group.onRedis(List.of(jedis), load.keys, THREADS).get(0));
    others.put(BATCHES, Group.onRedis(List.of(lettuce), load.keys, IN_BATCHES).get(0));
    others.forEach(
        (name, group) -> all.add(new Contestant(name, load.of(group), 0, new ArrayList<>())));
    return all;
  }

  private void fork(Servers servers, Load load, List<Contestant> contestants, Turns turns)
      throws InterruptedException, IOException {
    Run here = run.withLimit(load.limit);
    Map<Group, WorkerProcess> workers = new LinkedHashMap<>();
    try {
      for (Contestant contestant : contestants) {
        if (!workers.containsKey(contestant.group)) {
          workers.put(contestant.group, new WorkerProcess(here, contestant.group));
        }
      }
      for (WorkerProcess worker : workers.values()) {
        worker.awaitReady();
      }
      for (Contestant contestant : contestants) {
        run.progress().step(contestant.title() + ", warm-up", turns.from());
        turn(servers, workers, contestant, effort.warmup());
        contestant.forks.add(new ArrayList<>());
      }
      Duration length = effort.turn().multipliedBy(load.longer());
      turns.take(contestants, Contestant::title, (contestant, round, done) -> {
        Turn unused = turn(servers, workers, contestant, length).turn;
        contestant
            .forks
            .get(contestant.forks.size() - 1)
            .add(turn(servers, workers, contestant, length));
      });
    } finally {
      workers.values().forEach(WorkerProcess::close);
    }
  }

  private static Shown turn(
      Servers servers, Map<Group, WorkerProcess> workers, Contestant contestant, Duration length)
      throws InterruptedException, IOException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Counters before = servers.read();
    WorkerProcess worker = Objects.requireNonNull(workers.get(contestant.group));
    Turn turn = worker.turn(contestant.subject, length);
    return new Shown(turn, servers.read().minus(before).scripts() / turn.decisions());
  }

  private void write(List<Contestant> contestants) throws IOException {
    // One that was stopped may have none.
    contestants.forEach(contestant -> contestant.forks.removeIf(List::isEmpty));
    List<Contestant> measured =
        contestants.stream().filter(contestant -> rounds(contestant) > 0).toList();
    for (Contestant own : measured) {
      Series series = raw(own);
      List<Ratio> ratios = new ArrayList<>();
      for (Contestant other : measured) {
        if (own.name.isEmpty() && !other.name.isEmpty() && rounds(own) == rounds(other)) {
          Samples.ratio(run, other.name, ratios(own, other)).ifPresent(ratios::add);
        }
      }
      Samples.add(run, series, Metric.OPERATIONS, own.values(Shown::rate), ratios);
      Samples.add(run, series, Metric.CALLS_PER_DECISION, own.values(Shown::calls));
      Samples.add(
          run, series, Metric.CPU_PER_DECISION, own.values(shown -> shown.turn.processorMicros()));
    }
  }

  private static int rounds(Contestant contestant) {
    return contestant.forks.stream().mapToInt(List::size).sum();
  }

  private static double[][] ratios(Contestant own, Contestant other) {
    double[][] ratios = own.values(Shown::rate);
    double[][] theirs = other.values(Shown::rate);
    for (int fork = 0; fork < ratios.length; fork++) {
      for (int turn = 0; turn < ratios[fork].length; turn++) {
        ratios[fork][turn] /= theirs[fork][turn];
      }
    }
    return ratios;
  }

  private Series raw(Contestant own) throws IOException {
    Series series = own.series();
    try (CsvFile csv =
        run.results().csv(series, "fork", "iteration", "operations_per_s", "calls_per_decision")) {
      for (int fork = 0; fork < own.forks.size(); fork++) {
        List<Shown> turns = own.forks.get(fork);
        for (int i = 0; i < turns.size(); i++) {
          csv.row(fork + 1, i + 1, turns.get(i).turn.perSecond(), turns.get(i).calls);
        }
      }
      return series.raw(csv.raw());
    }
  }
}
