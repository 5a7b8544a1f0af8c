package dev.ratelab.bench.validation;

import dev.ratelab.bench.load.OpenLoop;
import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.simulate.FleetSettings;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.bench.workload.ZipfSampler;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A small fleet for real: instances in this process, each with limiters and a connection of its own, on one Redis. */
final class RealFleet implements AutoCloseable {
  private static final int WARM_UP = 20;
  private static final int LANES = 64;

  /** So long that a machine which stalls makes slow answers, and not none. */
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final List<RedisClient> connections = new ArrayList<>();

  /** An instance of one run. */
  private record Instance(DistantRedis redis, RateLimiter limiter) {}

  RealFleet(String redisUrl, int instances) {
    RedisAddress address = RedisAddress.parse(redisUrl);
    for (int i = 0; i < instances; i++) {
      connections.add(LettuceClient.connect(address));
    }
  }

  /**
   * Sends the load of some settings, drawn from their seed, and waits for all answers.
   *
   * @throws IllegalStateException if a request was left without a decision
   */
  RealOutcome run(FleetSettings settings, FleetDesigns design) throws InterruptedException {
    FleetSettings.Load load = settings.load();
    Duration length = Duration.of(load.duration(), ChronoUnit.MICROS);
    long[] due = load.arrivals().nanos(settings.seed(), load.perSecond(), length);
    SplittableRandom random = new SplittableRandom(Seeds.derive(settings.seed(), "requests", 0));
    ZipfSampler zipf = new ZipfSampler((int) load.keys());
    int[] instance = new int[due.length];
    Observed observed = new Observed(
        new int[due.length], new long[due.length], new long[due.length], new boolean[due.length]);
    for (int i = 0; i < due.length; i++) {
      observed.key()[i] = zipf.next(random);
      instance[i] = random.nextInt(settings.instances());
    }
    ScopedPolicy policy = ScopedPolicy.perKey(policy(settings, design));
    LongAdder charged = new LongAdder();
    List<Instance> instances = instances(settings, design, charged);
    for (Instance each : instances) {
      Stream.generate(() -> each.limiter.checkAsync(Request.of(policy, "warm-up", 1)))
          .limit(WARM_UP)
          .toList()
          .forEach(answer -> answer.toCompletableFuture().join());
      each.redis.forget();
    }
    charged.reset();
    OpenLoop.Outcome outcome = OpenLoop.run(due, 1, OpenLoop.Waiting.COARSE, call -> {
      int i = call.number();
      observed.sent()[i] = System.nanoTime() / 1_000;
      var unused = instances
          .get(instance[i])
          .limiter
          .checkAsync(Request.of(policy, KeySequence.name(observed.key()[i]), 1))
          .whenComplete((made, failure) -> {
            long answered = System.nanoTime() / 1_000;
            // Redis decides half way, as far as anybody can tell.
            observed.decided()[i] = (observed.sent()[i] + answered) / 2;
            boolean decided = failure == null && made.decision().decidedBy() == null;
            observed.admitted()[i] = decided && made.allowed();
            call.answered(decided ? OpenLoop.Answer.PROPER : OpenLoop.Answer.ERROR);
          });
    });
    instances.forEach(each -> each.limiter.close());
    if (outcome.count(OpenLoop.Answer.ERROR) > 0) {
      throw new IllegalStateException("%s of %s requests were left without a decision"
          .formatted(outcome.count(OpenLoop.Answer.ERROR), due.length));
    }
    return new RealOutcome(
        observed,
        charged.sum(),
        instances.stream().flatMap(each -> each.redis.roundTrips().stream()).toList());
  }

  private List<Instance> instances(FleetSettings settings, FleetDesigns design, LongAdder charged) {
    String namespace = "ratelab-" + UUID.randomUUID();
    Duration roundTrip = Duration.of(2 * settings.network().delay(), ChronoUnit.MICROS);
    return IntStream.range(0, settings.instances())
        .mapToObj(i -> {
          DistantRedis redis = new DistantRedis(connections.get(i), roundTrip);
          RateLimiter each = eachCallByItself(redis, namespace);
          RateLimiter counted = request -> each.checkAsync(request)
              .whenComplete((made, failure) ->
                  charged.add(made != null && made.allowed() ? request.cost() : 0));
          return new Instance(
              redis,
              switch (design) {
                case CALL -> counted;
                case BATCHES -> new Batching(settings.batch(), lanes(redis, namespace))::ask;
                case LEASES_ADAPTIVE ->
                  RateLimiters.leased(counted, RequestDecision::undecided, TimeSource.monotonic());
                default ->
                  throw new IllegalArgumentException(
                      "%s exists in the simulator only; accepted: call, batches, leases-adaptive"
                          .formatted(design));
              });
        })
        .toList();
  }

  /** A limiter by itself lets requests that come while a call is under way share the next one. */
  private static RateLimiter eachCallByItself(RedisClient redis, String namespace) {
    List<RateLimiter> lanes = lanes(redis, namespace);
    AtomicInteger next = new AtomicInteger();
    return request -> lanes.get(next.getAndIncrement() & (LANES - 1)).checkAsync(request);
  }

  private static List<RateLimiter> lanes(RedisClient redis, String namespace) {
    return Stream.<RateLimiter>generate(() -> RateLimiters.onRedis(redis, namespace))
        .limit(LANES)
        .toList();
  }

  /** The policy, with its lease only where the design has leases. */
  private static Policy policy(FleetSettings settings, FleetDesigns design) {
    Lease lease = design == FleetDesigns.LEASES_ADAPTIVE ? settings.policy().lease() : null;
    return settings.policy().withDeadline(DEADLINE).withLease(lease);
  }

  @Override
  public void close() {
    connections.forEach(RedisClient::close);
  }
}
