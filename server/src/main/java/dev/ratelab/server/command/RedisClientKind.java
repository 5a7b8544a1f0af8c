package dev.ratelab.server.command;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import java.util.Locale;

/** The Redis clients that {@code --client} names. */
enum RedisClientKind {
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

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
