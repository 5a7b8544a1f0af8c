package dev.ratelab.limiter.redis;

import dev.ratelab.fixtures.Pause;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

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

  /** Asks until the server answers, for a client that connects again. */
  static void awaitAnswer(RedisClient client) {
    boolean answered = false;
    while (!answered) {
      try {
        client.pingBlocking(Duration.ofMinutes(1));
        answered = true;
      } catch (RedisFailure e) {
        Pause.brief();
      }
    }
  }

  /** Each of some values with each client. */
  static Stream<Arguments> with(Object... values) {
    return Stream.of(values)
        .flatMap(value -> Stream.of(values()).map(library -> Arguments.of(value, library)));
  }

  abstract RedisClient connect(RedisAddress address);
}
