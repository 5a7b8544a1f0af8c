package dev.ratelab.verification.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.fault.Mutation;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The limiter as applications run it, on the Redis server's own clock and with its own expiry. Each decision is held
 * against the oracle at the instant that the script read from that clock, to the microsecond; so the test needs neither
 * waits nor tolerances.
 */
class ServerClockTest {
  private static final long SEED = 20_260_101;
  private static final int REQUESTS = 400;
  private static final int SERVERS = 3;
  private static final long HOUR = 3_600_000_000L;

  /** Windows that a few hundred calls cross many times, a few times and not at all. */
  private static final List<Limit> LIMITS = List.of(
      new Limit(3, 100, 3),
      new Limit(7, 997, 7),
      new Limit(40, 2_000, 40),
      new Limit(100, 10_000, 100),
      new Limit(5, 86_400_000_000L, 5));

  private final RedisClient client = TestRedis.lettuce();

  @ParameterizedTest
  @EnumSource
  void oneServer(Algorithm algorithm) {
    for (Limit limit : LIMITS) {
      Policy policy = Policy.of("p", algorithm, limit).withDeadline(RecordingClient.DEADLINE);
      requireSound(record(client, REQUESTS, policy));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOKEN_BUCKET", "GCRA", "LEAKY_BUCKET"})
  void oneServerWithABurst(Algorithm algorithm) {
    for (Limit limit : LIMITS) {
      for (long burst : List.of(1L, 2 * limit.permits())) {
        Policy policy = Policy.of("p", algorithm, limit.withBurst(burst))
            .withDeadline(RecordingClient.DEADLINE);
        requireSound(record(client, REQUESTS, policy));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void severalServersShareOneLimit(Algorithm algorithm) {
    for (Limit limit : LIMITS) {
      Policy policy = Policy.of("p", algorithm, limit).withDeadline(RecordingClient.DEADLINE);
      String namespace = namespace();
      requireSound(record(client, REQUESTS, policy, recording -> {
        List<RateLimiter> servers = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
          servers.add(RateLimiters.onRedis(recording, namespace));
        }
        return servers::get;
      }));
    }
  }

  /** As a server that others keep from its processor is: time passes between reading the clock and writing. */
  @ParameterizedTest
  @EnumSource
  void aServerHeldUpInMidScript(Algorithm algorithm) {
    String read = "local now = server\n";
    String wait =
        " repeat local t = redis.call('TIME') until t[1] * 1000000 + t[2] > server + 3000";
    RedisClient slow =
        new ForwardingClient(client, new Mutation(Script.of(algorithm), read, read + wait));
    for (Limit limit : LIMITS) {
      Policy policy = Policy.of("p", algorithm, limit).withDeadline(RecordingClient.DEADLINE);
      Recorded recorded = record(slow, 40, policy);
      requireSound(recorded);
      assertThat(recorded.scenario.arrivals().get(39).at())
          .isGreaterThan(recorded.scenario.arrivals().get(0).at() + 39 * 3_000);
    }
  }

  /** The planted fault: client clocks used instead of the server's, an hour apart. */
  @ParameterizedTest
  @EnumSource
  void serversOnClocksOfTheirOwnAreCaught(Algorithm algorithm) {
    Limit limit = LIMITS.get(LIMITS.size() - 1);
    Policy policy = Policy.of("p", algorithm, limit).withDeadline(RecordingClient.DEADLINE);
    TimeSource clock = TimeSource.monotonic();
    String namespace = namespace();
    Recorded recorded = record(client, REQUESTS, policy, recording -> {
      List<RateLimiter> servers = new ArrayList<>();
      for (int i = 0; i < SERVERS; i++) {
        long ahead = i * HOUR;
        servers.add(RateLimiters.onRedis(recording, namespace, () -> clock.micros() + ahead));
      }
      return servers::get;
    });

    assertThatThrownBy(() -> Property.ORACLE.check(recorded, recorded.scenario))
        .isInstanceOf(Violation.class);
  }

  /** The planted fault: an expiry that stays where it was when the next bucket begins. */
  @Test
  void anExpiryThatDoesNotMoveIsCaught() {
    RedisClient faulty = new ForwardingClient(
        client,
        new Mutation(
            Script.of(Algorithm.SLIDING_WINDOW_BUCKETS),
            "same_reset = passed == 0",
            "same_reset = passed <= buckets"));
    Policy policy = Policy.of("p", Algorithm.SLIDING_WINDOW_BUCKETS, LIMITS.get(3))
        .withDeadline(RecordingClient.DEADLINE);
    Recorded recorded = record(faulty, REQUESTS, policy);

    assertThatThrownBy(() -> requireSound(recorded)).isInstanceOf(Violation.class);
  }

  private static void requireSound(Recorded recorded) {
    Property.ORACLE.check(recorded, recorded.scenario);
    Property.MEMORY.check(recorded, recorded.scenario);
    if (Property.ESTIMATE.accepts(recorded.scenario.policy().algorithm())) {
      Property.ESTIMATE.check(recorded, recorded.scenario);
    }
    assertThat(recorded.footprints)
        .filteredOn(footprint -> !footprint.decision().allowed())
        .noneMatch(Footprint::changed);
  }

  private interface Servers {
    IntFunction<RateLimiter> over(RedisClient client);
  }

  private static Recorded record(RedisClient client, int requests, Policy policy) {
    return record(client, requests, policy, recording -> {
      RateLimiter only = RateLimiters.onRedis(recording, namespace());
      return server -> only;
    });
  }

  /** Sends requests of random costs on one key to the servers in turn, one at a time to each: a call of several would be one look. */
  private static Recorded record(RedisClient client, int requests, Policy policy, Servers servers) {
    Random random = new Random(SEED);
    List<Long> costs = new ArrayList<>();
    List<CompletableFuture<Decision>> answers = new ArrayList<>();
    try (RecordingClient recording = new RecordingClient(client, true)) {
      IntFunction<RateLimiter> limiters = servers.over(recording);
      int atOnce = limiters.apply(0) == limiters.apply(1) ? 1 : SERVERS;
      for (int i = 0; i < requests; i++) {
        long cost = 1 + random.nextLong(Math.min(3, policy.limit().maxCost()));
        RateLimiter limiter = limiters.apply(i % SERVERS);
        Request request = Request.of(policy, "k", cost);
        costs.add(cost);
        if (i > 0) {
          // The first teaches the script, so that all others are answered in their order.
          var unused = answers.get(Math.max(0, i - atOnce)).join();
        }
        answers.add(
            limiter.checkAsync(request).thenApply(RequestDecision::decision).toCompletableFuture());
      }
      List<Decision> decisions = answers.stream().map(CompletableFuture::join).toList();
      return recorded(policy, costs, decisions, recording.sights());
    }
  }

  private static Recorded recorded(
      Policy policy,
      List<Long> costs,
      List<Decision> decisions,
      List<RecordingClient.Sight> sights) {
    List<Arrival> arrivals = new ArrayList<>();
    List<Footprint> footprints = new ArrayList<>();
    for (int i = 0; i < decisions.size(); i++) {
      LookingScript.Look look = sights.get(i).look();
      arrivals.add(new Arrival(look.serverMicros(), costs.get(i)));
      footprints.add(
          new Footprint(decisions.get(i), sights.get(i).changed(), life(look, decisions.get(i))));
    }
    assumeTrue(
        isSorted(arrivals), "the server's clock was set back meanwhile; the oracle's never is");
    assertThat(decisions).allMatch(decision -> decision.decidedBy() == null);
    return new Recorded(new Scenario(policy, arrivals), footprints);
  }

  /** Where the server was held up until the state was over, Redis has dropped it at once, and rightly. */
  private static long life(LookingScript.Look look, Decision decision) {
    long reset = decision.resetAfterMicros();
    boolean over = look.finishMicros() - look.serverMicros() >= reset;
    return look.lifeMicros() == 0 && over ? reset : look.lifeMicros();
  }

  private static boolean isSorted(List<Arrival> arrivals) {
    return arrivals.stream()
        .sorted(Comparator.comparingLong(Arrival::at))
        .toList()
        .equals(arrivals);
  }

  private static String namespace() {
    return "clock-" + UUID.randomUUID();
  }

  /** What happened once, and so answers only for all of it. */
  private record Recorded(Scenario scenario, List<Footprint> footprints) implements Inspectable {
    @Override
    public String name() {
      return "redis on the server's clock";
    }

    @Override
    public List<Decision> decide(List<Step> steps) {
      return inspect(steps).stream().map(Footprint::decision).toList();
    }

    @Override
    public List<Footprint> inspect(List<Step> steps) {
      List<Arrival> asked =
          steps.stream().map(step -> new Arrival(step.at(), step.cost())).toList();
      if (!asked.equals(scenario.arrivals())) {
        throw new IllegalStateException("only what was recorded can be answered");
      }
      return footprints;
    }
  }
}
