package dev.ratelab.bench.leases;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.leases.Instances.Sent;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.StoreBound;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How far {@value #INSTANCES} instances that lease are off together, on the real clock: the most that they admitted in any window beside
 * the bound, and what they admitted at all beside one central limiter in memory that was asked at the same instants. And how often they
 * asked Redis for it. All leases of a load are asked at once, each of a policy of its own, and beside them the same instances without a
 * lease.
 *
 * <p>Loads: Poisson arrivals of which most are denied, or admitted, or of many keys; and bursts that are made for the bound
 * ({@link Bursts}).
 */
final class LeaseError {
  static final int INSTANCES = 4;

  private static final double PER_SECOND = 3_000;
  private static final long SECOND = 1_000_000;
  private static final int POINTS = 40;
  private static final long MOST_PARKED_NANOS = 500_000_000;

  private final Run run;
  private final int seconds;

  /** A request that is due so many nanoseconds after the begin, of an instance. */
  record Arrival(long at, int instance, String key) {}

  /** A load, how much a second the limit admits, and which of the run's random streams it is. */
  private enum Load {
    DENIED("poisson-one-hot-key-denied", Popularity.ONE_HOT_KEY, 1_000, 0),
    ADMITTED("poisson-one-hot-key-admitted", Popularity.ONE_HOT_KEY, 10_000, 1),
    MANY_KEYS("poisson-zipf-0.99", Popularity.ZIPF, 100, 2),
    BURSTS("bursts-one-hot-key", Popularity.ONE_HOT_KEY, 1_000, 3);

    private final String id;
    private final Popularity keys;
    private final long perSecond;
    private final int stream;

    Load(String id, Popularity keys, long perSecond, int stream) {
      this.id = id;
      this.keys = keys;
      this.perSecond = perSecond;
      this.stream = stream;
    }
  }

  /** Who is asked, and for what. */
  private record Asked(Subject subject, Instances instances, List<Arrival> arrivals) {}

  LeaseError(Run run) {
    this.run = run;
    seconds = Effort.LEASES.of(run).size();
  }

  Duration planned() {
    Duration all = Duration.ZERO;
    for (Load load : loads()) {
      long longest = leases(load).stream().mapToLong(Lease::micros).max().orElse(SECOND);
      all = all.plus(
          load == Load.BURSTS
              ? Bursts.length(longest, window(longest))
              : Duration.ofSeconds(seconds(load)));
    }
    return all;
  }

  private List<Load> loads() {
    return run.profile() == Profile.SMOKE
        ? List.of(Load.DENIED, Load.BURSTS)
        : List.of(Load.values());
  }

  /** What a load is of: those whose time leaves room for two windows, and that the limit can grant. */
  private List<Lease> leases(Load load) {
    return Leases.all(run).stream()
        .filter(lease -> 2 * window(lease.micros()) <= seconds(load) * SECOND)
        .filter(lease -> lease.permits() <= limit(load, lease).maxCost())
        .filter(lease -> load != Load.MANY_KEYS || lease.micros() == SECOND)
        .toList();
  }

  private int seconds(Load load) {
    return load == Load.DENIED || load == Load.BURSTS ? seconds : Math.max(2, seconds / 2);
  }

  private static long window(long lease) {
    return Math.max(lease, SECOND);
  }

  private static Limit limit(Load load, @Nullable Lease lease) {
    long window = lease == null ? SECOND : window(lease.micros());
    return Limit.of(load.perSecond * (window / SECOND), Duration.ofMillis(window / 1_000));
  }

  /** Measures all loads, from a share of the experiment on. */
  void measure(RedisUnderTest redis, double from) throws InterruptedException, IOException {
    String namespace = "ratelab-bench-" + UUID.randomUUID();
    RedisAddress address = RedisAddress.parse(redis.url());
    List<RedisClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < INSTANCES; i++) {
        clients.add(LettuceClient.connect(address));
      }
      for (Load load : loads()) {
        double done = from + (1 - from) * loads().indexOf(load) / loads().size();
        run.progress().step("error, " + load.id, done);
        List<Asked> all = asked(redis, clients, namespace, load);
        try {
          play(all);
          for (Asked asked : all) {
            write(run, asked.subject.series(Leases.NAME, load.id), asked.instances);
          }
        } finally {
          all.forEach(asked -> asked.instances.close());
        }
      }
    } finally {
      clients.forEach(RedisClient::close);
    }
  }

  private List<Asked> asked(
      RedisUnderTest redis, List<RedisClient> clients, String namespace, Load load) {
    Subject subject = new Subject(Algorithm.GCRA.id(), redis.backend(), "lettuce");
    List<Asked> all = new ArrayList<>();
    List<Arrival> poisson = poisson(load);
    List<@Nullable Lease> leases = new ArrayList<>(leases(load));
    leases.add(null);
    for (Lease lease : leases) {
      Subject leased = lease == null ? subject : subject.leased(lease);
      Policy policy = leased.policy(limit(load, lease), load.id + "-" + all.size());
      List<Arrival> arrivals = load == Load.BURSTS ? Bursts.arrivals(policy, INSTANCES) : poisson;
      all.add(new Asked(leased, Instances.on(clients, namespace, policy), arrivals));
    }
    return all;
  }

  private List<Arrival> poisson(Load load) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(run.seed(), "leases", load.stream));
    KeySequence keys = KeySequence.ofThread(load.keys, run.seed(), load.stream);
    long[] nanos = new ArrivalProcess.Poisson()
        .nanos(random.nextLong(), PER_SECOND, Duration.ofSeconds(seconds(load)));
    return IntStream.range(0, nanos.length)
        .mapToObj(i -> new Arrival(nanos[i], random.nextInt(INSTANCES), keys.at(i)))
        .toList();
  }

  /** Sends all when they are due; what is late goes at once. */
  private static void play(List<Asked> all) throws InterruptedException {
    List<Due> due = new ArrayList<>();
    for (Asked asked : all) {
      asked.arrivals.forEach(arrival -> due.add(new Due(arrival, asked.instances)));
    }
    due.sort(Comparator.comparingLong(one -> one.arrival.at));
    long begin = System.nanoTime();
    for (Due one : due) {
      for (long wait = one.arrival.at - (System.nanoTime() - begin);
          wait > 0;
          wait = one.arrival.at - (System.nanoTime() - begin)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(Math.min(wait, MOST_PARKED_NANOS));
      }
      one.to.send(one.arrival.instance, one.arrival.key);
    }
  }

  private record Due(Arrival arrival, Instances to) {}

  /**
   * Writes what instances have shown.
   *
   * @throws IllegalStateException if they broke their bound
   */
  static void write(Run run, Series bare, Instances instances) throws IOException {
    Policy policy = instances.policy();
    FleetBound bound = instances.bound();
    long window = policy.limit().windowMicros();
    List<Sent> sent = instances.answered();
    List<WorstWindow> keys =
        sent.stream()
            .filter(Sent::admitted)
            .collect(Collectors.groupingBy(Sent::key))
            .values()
            .stream()
            .map(WorstWindow::of)
            .toList();
    Series series;
    double ratio = 0;
    long inWindow = 0;
    long over = 0;
    try (CsvFile csv =
        run.results().csv(bare, "tau_us", "measured", "bound", "bound_without_lease")) {
      for (long tau : lengths(window)) {
        long most = keys.stream().mapToLong(key -> key.at(tau)).max().orElse(0);
        ratio = Math.max(ratio, (double) most / bound.at(tau));
        inWindow = tau == window ? most : inWindow;
        over = Math.max(over, most - bound.central(tau));
        csv.row(tau, most, bound.at(tau), bound.central(tau));
      }
      series = bare.raw(csv.raw());
    }
    run.results()
        .add(
            series.exact(Metric.MAX_IN_WINDOW, (double) inWindow, sent.size()),
            series.exact(Metric.BOUND_IN_WINDOW, (double) bound.at(window), 1),
            series.exact(Metric.WORST_RATIO, ratio, sent.size()),
            series.exact(Metric.OVER_PROMISE, (double) over, sent.size()),
            series.exact(
                Metric.EXCESS,
                Math.max(0, (double) inWindow / policy.limit().permits() - 1),
                sent.size()),
            series.exact(
                Metric.CALLS_PER_DECISION,
                (double) instances.scripts() / sent.size(),
                sent.size()));
    compared(run, series, instances, sent);
    long undecided = sent.stream().filter(Sent::undecided).count();
    run.results()
        .add(series.exact(Metric.UNANSWERED, (double) undecided / sent.size(), sent.size()));
    if (undecided > 0) {
      run.results()
          .warn(
              "leases_unanswered",
              "leases: Redis left requests without an answer for %s s; the metric 'unanswered' is their share, and they count as denied"
                  .formatted(Target.DEADLINE.toSeconds()));
    }
    if (ratio > 1) {
      throw new IllegalStateException(String.format(
          Locale.ROOT,
          "%s broke its bound: E(τ) was %.3f times it at least",
          bare.workload(),
          ratio));
    }
  }

  /** Of both kinds of spacing, the window among them. */
  private static long[] lengths(long window) {
    LongStream even = LongStream.rangeClosed(1, POINTS).map(i -> 2 * window * i / POINTS);
    LongStream wider = LongStream.range(0, POINTS)
        .map(i -> (long) StrictMath.pow((double) window, (double) i / POINTS));
    return LongStream.concat(even, wider).distinct().sorted().toArray();
  }

  /** What each key got, beside one central limiter asked at the same instants. */
  private static void compared(Run run, Series bare, Instances instances, List<Sent> sent)
      throws IOException {
    ScopedPolicy central = ScopedPolicy.perKey(instances.policy().withLease(null));
    AtomicLong clock = new AtomicLong();
    Map<String, long[]> keys = new TreeMap<>();
    try (RateLimiter limiter = RateLimiters.inMemory(clock::get, StoreBound.defaultKeys())) {
      for (Sent one : sent) {
        clock.set(one.at());
        long[] counts = keys.computeIfAbsent(one.key(), key -> new long[3]);
        counts[0]++;
        counts[1] += one.admitted() ? 1 : 0;
        counts[2] += limiter.check(Request.of(central, one.key(), 1)).allowed() ? 1 : 0;
      }
    }
    Series series;
    try (CsvFile csv = run.results().csv(bare, "key", "asked", "admitted", "central")) {
      for (Map.Entry<String, long[]> key : keys.entrySet()) {
        long[] counts = key.getValue();
        csv.row(key.getKey(), counts[0], counts[1], counts[2]);
      }
      series = bare.raw(csv.raw());
    }
    double all = sum(keys, counts -> counts[2]);
    double admitted = sum(keys, counts -> counts[1]);
    int n = sent.size();
    run.results()
        .add(
            series.exact(Metric.ADMITTED, admitted / n, n),
            series.exact(Metric.OVER_ADMITTED, sum(keys, c -> Math.max(0, c[1] - c[2])) / all, n),
            series.exact(Metric.UNDER_ADMITTED, sum(keys, c -> Math.max(0, c[2] - c[1])) / all, n));
    if (instances.borrowed() > 0) {
      double unspent = instances.borrowed() - instances.admittedHere();
      run.results().add(series.exact(Metric.LAPSED, unspent / (admitted + unspent), n));
    }
  }

  private static double sum(Map<String, long[]> keys, ToLongFunction<long[]> count) {
    return keys.values().stream().mapToLong(count).sum();
  }
}
