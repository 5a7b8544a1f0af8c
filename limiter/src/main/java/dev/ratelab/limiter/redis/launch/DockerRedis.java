package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import java.util.function.BiFunction;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** A Redis in a container, through Testcontainers. */
final class DockerRedis {
  private static final DockerImageName IMAGE = DockerImageName.parse("redis:7.4-alpine");
  private static final int PORT = 6379;

  private DockerRedis() {}

  static <T> T start(BiFunction<RedisAddress, Runnable, T> running) {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new NoRedisException(
          "no Docker engine answers, so no Redis could be started in one", null);
    }
    GenericContainer<?> container = new GenericContainer<>(IMAGE)
        .withExposedPorts(PORT)
        .withCommand("redis-server", "--save", "", "--appendonly", "no");
    try {
      container.start();
    } catch (RuntimeException e) {
      container.close();
      throw new NoRedisException("the container of %s did not start".formatted(IMAGE), e);
    }
    RedisAddress address = RedisAddress.of(container.getHost(), container.getMappedPort(PORT));
    return running.apply(address, container::close);
  }
}
