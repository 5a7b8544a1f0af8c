package dev.ratelab.limiter.redis;

/** The two clients, for tests that hold for both. */
enum Library {
  LETTUCE {
    @Override
    RedisClient connect(RedisAddress address) {
      return LettuceClient.connect(address);
    }
  },
  JEDIS {
    @Override
    RedisClient connect(RedisAddress address) {
      return JedisClient.connect(address);
    }
  };

  abstract RedisClient connect(RedisAddress address);
}
