package dev.ratelab.bench;

import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.StoreBound;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Gets subjects ready to be called. All subjects of one Redis client share its connections, as all policies of an
 * application would. Their keys lie in a namespace that no other run uses.
 */
public final class Targets implements AutoCloseable {
  private static final Script NO_OP = Script.of("no-op", "return {0}");
  private static final byte[] ANY_KEY = "ratelab".getBytes(StandardCharsets.US_ASCII);

  private final @Nullable String redis;
  private final String namespace = "ratelab-bench-" + UUID.randomUUID();
  private final Map<String, RedisClient> clients = new HashMap<>();
  private final Map<String, RateLimiter> limiters = new HashMap<>();
  private final List<PeerLimiter> peers = new ArrayList<>();

  /**
   * Connects to nothing yet.
   *
   * @param redis the URL of a Redis, or null if there is none: then only subjects of this process can be had
   */
  public Targets(@Nullable String redis) {
    this.redis = redis;
  }

  /** A subject on its backend's own clock; one of ours decides by one policy. */
  public Target target(Subject subject, Limit limit) {
    return target(subject, limit, 1);
  }

  /**
   * The same where several policies decide together.
   *
   * @param policies of one limit and per key, 1 to {@link Request#MAX_POLICIES}; no peer and no physical limit knows them
   */
  public Target target(Subject subject, Limit limit, int policies) {
    return switch (subject.name()) {
      case Subject.CLOCK_READ -> clockRead();
      case Subject.PING -> ping(client(subject.client()));
      case Subject.NO_OP -> noOp(client(subject.client()));
      default ->
        subject
            .peer()
            .map(peer -> of(open(peer, limit, null)))
            // Both clients reach one server: the policy's name keeps their states apart.
            .orElseGet(() -> target(
                subject,
                IntStream.range(0, policies)
                    .mapToObj(i -> subject.policy(
                        limit, "%s-%s-%s".formatted(subject.name(), subject.client(), i)))
                    .toList()));
    };
  }

  /**
   * A peer, from an empty state.
   *
   * @param time a clock of the caller's, or null for its own
   * @throws java.util.NoSuchElementException if the subject is no peer
   */
  public PeerLimiter peer(Subject subject, Limit limit, @Nullable TimeSource time) {
    return open(subject.peer().orElseThrow(), limit, time);
  }

  private PeerLimiter open(Peer peer, Limit limit, @Nullable TimeSource time) {
    // Each gets connections of its own, as it makes them: what it does with them is part of it.
    String name = "%s-%s-%s-%s".formatted(namespace, peer.name(), peer.client(), peers.size());
    PeerLimiter limiter =
        peer.opening().apply(new Peer.Setting(limit, redis, name, Target.DEADLINE, time, false));
    peers.add(limiter);
    return limiter;
  }

  /** What {@code ratelab serve} would ask for this subject: one limiter for all policies of a client. */
  public RateLimiter limiter(Subject subject) {
    boolean leased = subject.lease() != null;
    return limiters.computeIfAbsent(
        subject.client() + (leased ? ", leased" : ""),
        name -> leased
            ? RateLimiters.leased(guarded(subject), TimeSource.monotonic())
            : subject.isRemote() ? guarded(subject) : RateLimiters.inMemory());
  }

  private GuardedRateLimiter guarded(Subject subject) {
    return RateLimiters.guarded(client(subject.client()), namespace, Guard.defaults());
  }

  /**
   * A limiter on a clock of the caller's.
   *
   * @param time the clock; on Redis it is read when a check is called, not when it is answered
   */
  public RateLimiter limiter(Subject subject, TimeSource time) {
    return subject.isRemote()
        ? RateLimiters.onRedis(client(subject.client()), namespace, time)
        : RateLimiters.inMemory(time, StoreBound.defaultKeys());
  }

  /** Where a key's counter lies in Redis. */
  public byte[] redisKey(Subject subject, Policy policy, String key) {
    return RateLimiters.onRedis(client(subject.client()), namespace)
        .redisKey(Request.of(policy, key, 1), ScopedPolicy.perKey(policy));
  }

  /** One of {@link Subject#CLIENTS}, connected. */
  public RedisClient client(String name) {
    return clients.computeIfAbsent(name, this::connect);
  }

  @Override
  public void close() {
    limiters.values().forEach(RateLimiter::close);
    limiters.clear();
    clients.values().forEach(RedisClient::close);
    clients.clear();
    peers.forEach(PeerLimiter::close);
    peers.clear();
  }

  private RedisClient connect(String name) {
    if (redis == null) {
      throw new IllegalStateException("this run has no Redis");
    }
    RedisAddress address = RedisAddress.parse(redis);
    return switch (name) {
      case "lettuce" -> LettuceClient.connect(address);
      case "jedis" -> JedisClient.connect(address);
      default -> throw new IllegalArgumentException("not a Redis client: " + name);
    };
  }

  /** Policies that decide together on their backend's own clock. */
  public Target target(Subject subject, List<Policy> policies) {
    RateLimiter limiter = limiter(subject);
    // Not toList, which may hold nulls: each request would copy it.
    List<ScopedPolicy> scoped =
        policies.stream().map(ScopedPolicy::perKey).collect(Collectors.toUnmodifiableList());
    return new Target(
        key -> limiter.check(new Request(null, key, 1, scoped)).decision(),
        key -> limiter
            .checkAsync(new Request(null, key, 1, scoped))
            .thenApply(RequestDecision::decision));
  }

  private static Target of(PeerLimiter limiter) {
    return new Target(limiter::tryAcquire, limiter::tryAcquireAsync);
  }

  private static Target clockRead() {
    TimeSource clock = TimeSource.monotonic();
    return new Target(
        key -> clock.micros(), key -> CompletableFuture.completedFuture(clock.micros()));
  }

  private static Target ping(RedisClient client) {
    Function<String, Object> call = key -> {
      client.pingBlocking(Target.DEADLINE);
      return true;
    };
    return new Target(call, key -> client.ping(Target.DEADLINE));
  }

  private static Target noOp(RedisClient client) {
    Function<String, CompletionStage<?>> callAsync =
        key -> client.runAsync(NO_OP, ANY_KEY, List.of(), Target.DEADLINE);
    return new Target(key -> client.run(NO_OP, ANY_KEY, List.of(), Target.DEADLINE), callAsync);
  }
}
