package dev.ratelab.bench.burst;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.PolicyOracle;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.VirtualRun;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import dev.ratelab.verification.oracle.Oracle;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;

/**
 * The arrival curve E(τ) of each algorithm on each backend beside its bound. In virtual time: under an {@link Adversary}, and
 * under Poisson arrivals at twice the limit. On the real clock of the backend: under the adversary again, as far as a window
 * lasts from {@value #LEAST_REAL_MICROS} microseconds to some seconds ({@link RealClock}). Peers beside the bound that they
 * promise: all on the real clock, in virtual time those in this process that take a clock ({@link PeerAttack}).
 *
 * <p>For the leaky bucket it is the curve of what it lets out: each request is counted when its delay is over.
 */
public final class Burst implements Experiment {
  private static final String NAME = "burst";
  private static final String KEY = "attacker";
  private static final int CURVE_POINTS = 240;

  /** The longest τ, in windows. */
  private static final int MOST_WINDOWS = 3;

  // Below, a window is not much longer than a scheduler's pause.
  private static final long LEAST_REAL_MICROS = 10_000;

  private record Load(String name, List<VirtualRequest> arrivals) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Duration virtual = Duration.ofMillis(
        Subject.limiters(run).size() * (long) Effort.BURST.of(run).size() / 12);
    long places = run.redis() == null ? 1 : 1 + Subject.CLIENTS.size();
    return inRealTime(run) ? virtual.plus(run.limit().window().multipliedBy(6 * places)) : virtual;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<Subject> subjects = Subject.limiters(run);
    int done = 0;
    try (Targets targets = new Targets(run.redisUrl())) {
      for (Subject subject : subjects) {
        run.progress().step(subject.title(), (double) done++ / subjects.size());
        Algorithm algorithm = Algorithm.of(subject.name());
        long origin = GeneratedWorkloads.origin(run.limit());
        List<Load> loads = List.of(
            new Load("adversarial", Adversary.arrivals(algorithm, run.limit(), KEY, origin)),
            new Load("poisson", poisson(run, algorithm, origin)));
        for (Load load : loads) {
          List<Decision> decisions = VirtualRun.decide(
              targets, subject, run.limit(), NAME + "-" + load.name, load.arrivals);
          write(run, subject, load.name, load.arrivals.size(), admitted(load.arrivals, decisions));
        }
      }
      for (Subject peer : Subject.peersInVirtualTime()) {
        run.progress().step(peer.title(), 1);
        attackPeer(run, targets, peer);
      }
      if (inRealTime(run)) {
        realClock(run, targets);
      } else {
        run.results()
            .warn(
                "burst_real_clock",
                "no arrival curves on the real clock: the window is %s us; accepted in the %s profile: %s to %s"
                    .formatted(
                        run.limit().windowMicros(),
                        run.profile(),
                        LEAST_REAL_MICROS,
                        mostRealMicros(run)));
      }
    }
  }

  private static void attackPeer(Run run, Targets targets, Subject peer)
      throws InterruptedException, IOException {
    Limit limit = run.limit();
    long origin = GeneratedWorkloads.origin(limit);
    PeerAttack attack = new PeerAttack(peer, limit);
    PeerAttack.Outcome outcome = attack.virtual(targets, origin);
    write(run, peer, "adversarial", outcome.requests(), outcome.admitted());
    List<VirtualRequest> arrivals =
        poisson(run, Algorithm.of(peer.peer().orElseThrow().algorithm()), origin);
    List<Boolean> allowed = VirtualRun.admit(targets, peer, limit, NAME, arrivals);
    SortedMap<Long, Long> admitted = new TreeMap<>();
    for (int i = 0; i < allowed.size(); i++) {
      if (allowed.get(i)) {
        admitted.merge(arrivals.get(i).at(), arrivals.get(i).cost(), Long::sum);
      }
    }
    write(run, peer, "poisson", arrivals.size(), admitted);
  }

  private static boolean inRealTime(Run run) {
    long window = run.limit().windowMicros();
    return LEAST_REAL_MICROS <= window && window <= mostRealMicros(run);
  }

  private static long mostRealMicros(Run run) {
    return Effort.BURST.of(run).turn().toNanos() / 1_000;
  }

  private static void realClock(Run run, Targets targets) throws InterruptedException, IOException {
    // One place after the other, all its limiters at once.
    List<List<Subject>> places = new ArrayList<>(List.of(Subject.inMemory()));
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      Subject.CLIENTS.forEach(client -> places.add(Subject.onRedis(redis, client)));
    }
    for (List<Subject> place : places) {
      run.progress().step("the real clock, " + place.get(0).client(), 1);
      List<Subject> limiters =
          place.stream().filter(subject -> !subject.isLimit()).toList();
      for (RealClock.Outcome outcome : RealClock.attack(targets, run.limit(), limiters)) {
        writeReal(run, outcome);
      }
    }
  }

  private static void writeReal(Run run, RealClock.Outcome outcome) throws IOException {
    long window = run.limit().windowMicros();
    LongUnaryOperator bound = bound(outcome.subject(), run.limit(), false);
    ClockedCurve curve = new ClockedCurve(outcome.admitted());
    long[] lengths = lengths(window);
    long[] certain = curve.certain(lengths);
    long[] possible = curve.possible(lengths);
    Series series = outcome.subject().series(NAME, RealClock.WORKLOAD);
    try (CsvFile csv = run.results().csv(series, "tau_us", "measured", "possible", "bound")) {
      for (int i = 0; i < lengths.length; i++) {
        csv.row(lengths[i], certain[i], possible[i], bound.applyAsLong(lengths[i]));
      }
      series = series.raw(csv.raw());
    }
    double least = curve.certain(window)[0];
    double most = curve.possible(window)[0];
    run.results()
        .add(series.measured(Metric.MAX_IN_WINDOW, least, least, most, outcome.requests()));
    double worst = curve.worstCertainRatio(bound, MOST_WINDOWS * window);
    write(run, series, bound, worst, outcome.requests());
    if (worst > 1 && outcome.subject().peer().isEmpty()) {
      throw broken(outcome.subject(), "on the real clock", worst, " at least");
    }
  }

  private static void write(
      Run run, Series series, LongUnaryOperator bound, double worst, long requests)
      throws IOException {
    double most = (double) bound.applyAsLong(run.limit().windowMicros());
    run.results()
        .add(
            series.exact(Metric.BOUND_IN_WINDOW, most, 1),
            series.exact(Metric.WORST_RATIO, worst, requests));
  }

  private static IllegalStateException broken(
      Subject subject, String where, double worst, String how) {
    return new IllegalStateException(String.format(
        Locale.ROOT,
        "%s broke its bound %s: E(τ) was %.3f times it%s",
        subject.title(),
        where,
        worst,
        how));
  }

  private static LongUnaryOperator bound(Subject subject, Limit limit, boolean onGivenClock) {
    return subject
        .peer()
        .map(peer -> peer.bound(limit, onGivenClock))
        .orElseGet(() -> bound(Algorithm.of(subject.name()), limit));
  }

  /** The bound on E(τ) in permits: of what is admitted, and for the leaky bucket of what it lets out. */
  static LongUnaryOperator bound(Algorithm algorithm, Limit limit) {
    Oracle oracle = PolicyOracle.of(algorithm, limit);
    return tau -> oracle.outputBound(tau).longValueExact();
  }

  private static SortedMap<Long, Long> admitted(
      List<VirtualRequest> arrivals, List<Decision> decisions) {
    SortedMap<Long, Long> admitted = new TreeMap<>();
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      if (decision.allowed()) {
        VirtualRequest arrival = arrivals.get(i);
        admitted.merge(arrival.at() + decision.delayMicros(), arrival.cost(), Long::sum);
      }
    }
    return admitted;
  }

  private static void write(
      Run run, Subject subject, String workload, int requests, SortedMap<Long, Long> admitted)
      throws IOException {
    long window = run.limit().windowMicros();
    LongUnaryOperator bound = bound(subject, run.limit(), true);
    ArrivalCurve curve = new ArrivalCurve(admitted);
    Series series = subject.series(NAME, workload);
    try (CsvFile csv = run.results().csv(series, "tau_us", "measured", "bound")) {
      for (long tau : lengths(window)) {
        csv.row(tau, curve.at(tau), bound.applyAsLong(tau));
      }
      series = series.raw(csv.raw());
    }
    run.results().add(series.exact(Metric.MAX_IN_WINDOW, (double) curve.at(window), requests));
    double worst = curve.worstRatio(bound, MOST_WINDOWS * window);
    write(run, series, bound, worst, requests);
    if (worst > 1 && subject.peer().isEmpty()) {
      throw broken(subject, "under " + workload + " arrivals", worst, "");
    }
  }

  /** Lengths τ from one instant to three windows, evenly spread on both kinds of axis, and those where bounds jump. */
  private static long[] lengths(long window) {
    long longest = MOST_WINDOWS * window;
    SortedSet<Long> lengths = new TreeSet<>();
    for (int i = 0; i <= CURVE_POINTS; i++) {
      lengths.add(Math.round(StrictMath.pow((double) longest, (double) i / CURVE_POINTS)));
      lengths.add(longest * i / CURVE_POINTS);
    }
    for (int windows = 0; windows <= MOST_WINDOWS; windows++) {
      for (int more = 0; more <= 2; more++) {
        lengths.add(windows * window + more);
      }
    }
    return lengths.subSet(1L, longest + 1).stream().mapToLong(tau -> tau).toArray();
  }

  /**
   * At twice the limit. Where the limit is large, requests cost more than one so that a few thousand suffice; but not those of
   * the leaky bucket, which lets the units of one request out one by one.
   */
  private static List<VirtualRequest> poisson(Run run, Algorithm algorithm, long origin) {
    Limit limit = run.limit();
    int requests = Effort.BURST.of(run).size();
    long cost = algorithm == Algorithm.LEAKY_BUCKET
        ? 1
        : Math.max(1, Math.min(limit.maxCost(), limit.permits() * 10 / requests));
    double meanGap = (double) limit.windowMicros() * cost / limit.permits() / 2;
    SplittableRandom random = new SplittableRandom(Seeds.derive(run.seed(), "burst", 0));
    List<VirtualRequest> arrivals = new ArrayList<>(requests);
    double elapsed = 0;
    for (int i = 0; i < requests; i++) {
      elapsed += ArrivalProcess.gap(random, meanGap);
      arrivals.add(new VirtualRequest(origin + (long) elapsed, KEY, cost));
    }
    return arrivals;
  }
}
