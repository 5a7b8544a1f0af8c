package dev.ratelab.verification.service;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import dev.ratelab.limiter.redis.Script;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;

/** Which requests Redis has charged: each has a key of its own, whose state is there for hours afterwards. */
final class Charges implements AutoCloseable {
  private static final Limit LIMIT = Limit.of(10, Duration.ofDays(1));
  private static final ScopedPolicy POLICY =
      ScopedPolicy.perKey(Policy.of("default", Algorithm.GCRA, LIMIT));
  private static final String NAMESPACE = "service";
  private static final Script EXISTS =
      Script.of("exists", "return {redis.call('EXISTS', KEYS[1])}");
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final RedisClient client;
  private final RedisRateLimiter names;

  private Charges(RedisClient client) {
    this.client = client;
    names = RateLimiters.onRedis(client, NAMESPACE);
  }

  static Charges of(RedisAddress redis) {
    return new Charges(LettuceClient.connect(redis));
  }

  /** A server that charges what is looked for here. */
  static ServerJvm serve(RedisAddress redis, String... more) throws IOException {
    ProcessBuilder command = ServerJvm.command(
        List.of(),
        "--redis",
        redis.toString(),
        "--algorithm",
        POLICY.policy().algorithm().id(),
        "--limit",
        Long.toString(LIMIT.permits()),
        "--window",
        "1d",
        "--policy",
        POLICY.name(),
        "--namespace",
        NAMESPACE);
    command.command().addAll(List.of(more));
    return ServerJvm.start(command.redirectError(Redirect.INHERIT));
  }

  boolean charged(int number) {
    Request request = Request.of(POLICY, OpenLoad.key(number), 1);
    byte[] key = names.redisKey(request, POLICY);
    return client.run(EXISTS, key, List.of(), PATIENCE).get(0) == 1;
  }

  @Override
  public void close() {
    client.close();
  }
}
