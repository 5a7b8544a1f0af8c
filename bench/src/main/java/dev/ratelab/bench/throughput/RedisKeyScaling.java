package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.InFlight;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Decisions on Redis among many live keys, over Lettuce with {@value #IN_FLIGHT} calls under way; the time is that between
 * two answers. Our algorithms only: what others store under could not be deleted afterwards.
 */
final class RedisKeyScaling {
  private static final String CLIENT = "lettuce";
  private static final int IN_FLIGHT = 16;
  private static final int FILLING = 1_000;
  private static final Limit LIMIT = new Limit(1, TimeUnit.DAYS.toMicros(1), 1);
  private static final long BYTES_PER_KEY = 300;
  private static final byte[] ANY_KEY = "ratelab".getBytes(StandardCharsets.US_ASCII);

  /** What is used, the most that may be (0 if there is no such limit), and what the machine has. */
  private static final Script MEMORY = Script.of("memory", """
      local info = redis.call('INFO', 'memory')
      local function field(name) return tonumber(string.match(info, name .. ':(%d+)') or 0) end
      return {field('used_memory'), field('maxmemory'), field('total_system_memory')}
      """);

  private static final Script DELETE = Script.of("delete", "return {redis.call('DEL', KEYS[1])}");

  /** A subject, how a key is asked for, and, where it has them, how a key is deleted. */
  private record Contestant(
      Subject subject,
      Function<String, CompletionStage<?>> call,
      Function<String, CompletionStage<?>> delete,
      boolean keeps) {}

  private final Run run;
  private final Targets targets;
  private final int rounds;
  private final int decisions;

  RedisKeyScaling(Run run, Targets targets) {
    this.run = run;
    this.targets = targets;
    rounds = Effort.SCALING_REDIS.of(run).turns();
    decisions =
        run.profile() == Profile.SMOKE ? 200 : run.profile() == Profile.QUICK ? 1_000 : 20_000;
  }

  static Duration planned(Profile profile) {
    int most = Effort.SCALING_REDIS.of(profile).size();
    return Duration.ofMillis(2L * Algorithm.values().length * most / 20);
  }

  /** Measures; of all that it writes nothing stays. */
  void measure() throws InterruptedException, IOException {
    List<Contestant> contestants = contestants();
    int filled = 0;
    try {
      for (int keys : Scaling.redisKeys(run.profile())) {
        if (!fits(keys)) {
          run.results()
              .warn(
                  "scaling_redis",
                  String.format(
                      Locale.ROOT,
                      "keys on Redis stop below %,d: all subjects' would take over half of the memory that it has left",
                      keys));
          break;
        }
        run.progress().step(String.format(Locale.ROOT, "redis, %,d keys", keys), 0.9);
        for (Contestant contestant : contestants) {
          if (contestant.keeps) {
            inFlight(filled, keys, FILLING, i -> contestant.call.apply("user" + i));
          }
        }
        filled = keys;
        decide(contestants, keys);
      }
    } finally {
      boolean interrupted = Thread.interrupted();
      for (Contestant contestant : contestants) {
        if (contestant.keeps) {
          // One that was interrupted while filling has some more, and they expire.
          inFlight(0, filled, FILLING, i -> contestant.delete.apply("user" + i));
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether so many keys of every algorithm find room; of a cluster one node is asked, which holds a part of them. */
  private boolean fits(int keys) {
    List<Long> memory = targets.client(CLIENT).run(MEMORY, ANY_KEY, List.of(), Target.DEADLINE);
    long most = memory.get(1) > 0 ? memory.get(1) : memory.get(2);
    return BYTES_PER_KEY * keys * Algorithm.values().length < (most - memory.get(0)) / 2;
  }

  private List<Contestant> contestants() {
    RedisUnderTest redis = Objects.requireNonNull(run.redis());
    RedisClient client = targets.client(CLIENT);
    List<Contestant> contestants = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      Subject subject = new Subject(algorithm.id(), redis.backend(), CLIENT);
      Policy policy = subject.policy(LIMIT, "scaling");
      contestants.add(new Contestant(
          subject,
          targets.target(subject, List.of(policy)).callAsync(),
          key -> client.runAsync(
              DELETE, targets.redisKey(subject, policy, key), List.of(), Target.DEADLINE),
          true));
    }
    Subject noOp = new Subject(Subject.NO_OP, redis.backend(), CLIENT);
    Function<String, CompletionStage<?>> call = targets.target(noOp, LIMIT).callAsync();
    contestants.add(new Contestant(noOp, call, call, false));
    return contestants;
  }

  private void decide(List<Contestant> contestants, int keys)
      throws InterruptedException, IOException {
    double[][] known = new double[contestants.size()][rounds];
    double[][] fresh = new double[contestants.size()][rounds];
    List<Integer> order = IntStream.range(0, contestants.size()).boxed().toList();
    SplittableRandom random = new SplittableRandom(Seeds.derive(run.seed(), Scaling.NAME, keys));
    new Turns(run, keys, 0, rounds, 0.9, 1)
        .take(
            order,
            i -> String.format(
                Locale.ROOT, "%s, %,d keys", contestants.get(i).subject.title(), keys),
            (i, round, done) -> {
              int measured = Math.max(0, round - 1);
              String name = "new-%s-%s-".formatted(keys, round);
              Contestant one = contestants.get(i);
              known[i][measured] = inFlight(
                  0, decisions, IN_FLIGHT, n -> one.call.apply("user" + random.nextInt(keys)));
              if (one.keeps) {
                fresh[i][measured] =
                    inFlight(0, decisions, IN_FLIGHT, n -> one.call.apply(name + n));
                inFlight(0, decisions, FILLING, n -> one.delete.apply(name + n));
              }
            });
    for (int i = 0; i < contestants.size(); i++) {
      Contestant one = contestants.get(i);
      Scaling.add(run, series(one, "keys-" + keys), new double[][] {known[i]});
      if (one.keeps) {
        Scaling.add(run, series(one, "new-keys-" + keys), new double[][] {fresh[i]});
      }
    }
  }

  private static Series series(Contestant contestant, String workload) {
    Series series = contestant.subject.series(Scaling.NAME, workload);
    return contestant.keeps ? series : series.workload(Subject.NO_OP + "-" + workload);
  }

  /**
   * Makes calls, so many under way at a time.
   *
   * @return microseconds for each
   */
  private static double inFlight(int from, int to, int most, IntFunction<CompletionStage<?>> call)
      throws InterruptedException {
    long begin = System.nanoTime();
    InFlight.run(to - from, most, i -> call.apply(from + i), answer -> {
      if (Target.failed(answer, null)) {
        throw new IllegalStateException("Redis left a request without a decision");
      }
    });
    return (System.nanoTime() - begin) / 1e3 / Math.max(1, to - from);
  }
}
