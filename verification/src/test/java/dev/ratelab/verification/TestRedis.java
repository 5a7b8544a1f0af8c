package dev.ratelab.verification;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;

/**
 * One Redis for all tests of this module, started when the first asks for it. It ends with the JVM, and so do the
 * connections: both test engines use it, and neither knows when the other is done.
 */
public final class TestRedis {
  private static final RunningRedis REDIS = RunningRedis.forTests();

  /** Connected when first used. */
  private static final class Lettuce {
    static final RedisClient CLIENT = LettuceClient.connect(REDIS.address());
  }

  /** Connected when first used. */
  private static final class Jedis {
    static final RedisClient CLIENT = JedisClient.connect(REDIS.address());
  }

  private TestRedis() {}

  public static RedisAddress address() {
    return REDIS.address();
  }

  /** Asynchronous, pipelined. */
  public static RedisClient lettuce() {
    return Lettuce.CLIENT;
  }

  /** Synchronous, pooled. */
  public static RedisClient jedis() {
    return Jedis.CLIENT;
  }
}
