package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.InFlight;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.Turns;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What a decision costs the server, by the server's own counters: how long its scripts ran, the processor time of the whole
 * process, commands, and bytes on the network.
 *
 * <p>Three states, because they cost differently: {@code fresh}, a key's first admission; {@code admitted}, the admissions of
 * a key from its first to the limit; {@code denied}, a key whose limit is used up. The window is an hour here, so that no
 * state expires and hardly any is refilled while it is measured; keys stay behind that long. A denial in the log that a full window makes costs what such a window
 * holds, at most {@value #MOST_ADMISSIONS} entries.
 *
 * <p>Subjects take turns, round by round, in an order drawn anew; a round's first reading of the counters costs something
 * too, so a second one right after it tells how much, and that is left out. Processor time holds the network's share: with
 * {@value #IN_FLIGHT} calls under way (Lettuce) one system call serves several.
 */
public final class RedisCost implements Experiment {
  private static final String NAME = "redis-cost";
  private static final int MOST_ADMISSIONS = 1_000;
  private static final int IN_FLIGHT = 16;
  private static final int MOST_ATTEMPTS = 5;
  private static final int DENIED_KEYS = 4;
  private static final long WINDOW_MICROS = TimeUnit.HOURS.toMicros(1);

  private enum State {
    FRESH,
    ADMITTED,
    DENIED;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A subject in a state, what its rounds have shown, and how many sets of keys they have used. */
  private record Contestant(
      Subject subject, State state, Target target, List<Counters> rounds, AtomicInteger used) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount effort = Effort.REDIS_COST.of(run);
    return Duration.ofMillis(subjects(run).size() * 3L * (effort.turns() + 1) * effort.size() / 12);
  }

  private static List<Subject> subjects(Run run) {
    return Subject.all(run).stream().filter(Subject::isRemote).toList();
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    RedisUnderTest redis = run.redis();
    if (redis == null) {
      run.results().warn("redis_cost", "what a decision costs Redis needs a Redis; none here");
      return;
    }
    Effort.Amount effort = Effort.REDIS_COST.of(run);
    Limit limit = limit(run);
    boolean cluster = redis.backend().equals(Subject.REDIS_CLUSTER);
    List<Contestant> contestants = new ArrayList<>();
    try (Targets targets = new Targets(redis.url());
        Servers servers = new Servers(RedisAddress.parse(redis.url()), cluster)) {
      for (Subject subject : subjects(run)) {
        // Of a physical limit there is no such thing as a denial.
        for (State state : subject.isLimit() ? new State[] {State.FRESH} : State.values()) {
          Target target = targets.target(subject, limit);
          contestants.add(
              new Contestant(subject, state, target, new ArrayList<>(), new AtomicInteger()));
        }
      }
      measure(run, effort, limit, contestants, servers);
    } finally {
      for (Contestant contestant : contestants) {
        write(run, effort, contestant);
      }
    }
  }

  private static Limit limit(Run run) {
    long most = Math.min(MOST_ADMISSIONS, Limit.MAX_PRODUCT / WINDOW_MICROS);
    long permits = Math.min(run.limit().permits(), most);
    return new Limit(permits, WINDOW_MICROS, permits);
  }

  private static void measure(
      Run run, Effort.Amount effort, Limit limit, List<Contestant> contestants, Servers servers)
      throws InterruptedException, IOException {
    // The first round only teaches the server the scripts, and both sides what comes.
    Turns.warmed(run, effort.turns())
        .take(
            contestants,
            contestant -> contestant.subject.title() + ", " + contestant.state.id(),
            (contestant, round, done) -> {
              Counters cost = round(contestant, effort.size(), (int) limit.permits(), servers);
              if (round > 0) {
                contestant.rounds.add(cost);
              }
            });
  }

  /**
   * What so many decisions cost, in all. If a permit falls due meanwhile, or an hour ends, the answers are not those of the
   * state, and the round is made again.
   *
   * @throws IllegalStateException if that goes on
   */
  private static Counters round(Contestant contestant, int decisions, int permits, Servers servers)
      throws InterruptedException {
    boolean denied = contestant.state == State.DENIED;
    int admittedKeys = (decisions + permits - 1) / permits;
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      // Keys that no round has used before; neighbouring calls ask for different ones, so that what
      // is measured is a
      // decision and not how a limiter fares when many ask for one key at a time.
      String prefix = "%s-%s-".formatted(contestant.state.id(), contestant.used.getAndIncrement());
      IntFunction<String> key = switch (contestant.state) {
        case FRESH -> i -> prefix + i;
        case ADMITTED -> i -> prefix + i % admittedKeys;
        case DENIED -> i -> prefix + i % DENIED_KEYS;
      };
      boolean ready = !denied || ask(contestant, DENIED_KEYS * permits, key, true);
      Counters idle = servers.read();
      Counters before = servers.read();
      boolean asPromised = ask(contestant, decisions, key, !denied);
      Counters cost = servers.read().minus(before).minus(before.minus(idle));
      if (ready && asPromised) {
        return cost;
      }
    }
    throw new IllegalStateException("%s did not answer as for a key that is %s"
        .formatted(contestant.subject.title(), contestant.state.id()));
  }

  /** Asks, and says whether every decision is the one that the state promises; a physical limit's answer is none. */
  private static boolean ask(
      Contestant contestant, int decisions, IntFunction<String> key, boolean admitted)
      throws InterruptedException {
    Target target = contestant.target;
    Function<String, CompletionStage<?>> call = contestant.subject.client().equals("jedis")
        ? name -> CompletableFuture.completedFuture(target.call().apply(name))
        : target.callAsync();
    AtomicBoolean asPromised = new AtomicBoolean(true);
    InFlight.<Object>run(decisions, IN_FLIGHT, i -> call.apply(key.apply(i)), answer -> {
      if (Target.failed(answer, null)) {
        throw new IllegalStateException(
            "%s left a request without a decision".formatted(contestant.subject.title()));
      }
      if (!isAsPromised(answer, admitted)) {
        asPromised.set(false);
      }
    });
    return asPromised.get();
  }

  private static boolean isAsPromised(Object answer, boolean admitted) {
    if (answer instanceof Decision decision) {
      return decision.allowed() == admitted;
    }
    return !(answer instanceof Boolean allowed) || allowed == admitted;
  }

  private static void write(Run run, Effort.Amount effort, Contestant contestant)
      throws IOException {
    double n = effort.size();
    List<CostMetric<Counters>> metrics = new ArrayList<>(List.of(
        new CostMetric<>(Metric.SCRIPTS_PER_DECISION, cost -> cost.scripts() / n),
        new CostMetric<>(Metric.CPU_PER_DECISION, cost -> cost.cpuMicros() / n),
        new CostMetric<>(Metric.COMMANDS_PER_DECISION, cost -> cost.commands() / n),
        new CostMetric<>(Metric.NETWORK_BYTES_PER_DECISION, cost -> cost.networkBytes() / n)));
    if (contestant.rounds.stream().allMatch(cost -> cost.scripts() > 0)) {
      metrics.add(
          0, new CostMetric<>(Metric.SCRIPT_TIME, cost -> cost.scriptMicros() / cost.scripts()));
    }
    Series series = contestant.subject.series(NAME, contestant.state.id());
    CostMetric.write(run, series, contestant.rounds, effort.size(), metrics);
  }
}
