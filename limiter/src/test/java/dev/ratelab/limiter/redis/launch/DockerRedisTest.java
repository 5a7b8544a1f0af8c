package dev.ratelab.limiter.redis.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.redis.RawRedis;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;

/** One of the two runs, depending on whether a Docker engine answers here. */
class DockerRedisTest {
  private static boolean engine() {
    return DockerClientFactory.instance().isDockerAvailable();
  }

  @Test
  void aRedisInAContainerWritesNothingAndIsGoneAfterwards() {
    assumeTrue(engine(), "no Docker engine answers here");
    try (RunningRedis redis = RunningRedis.open("docker");
        RawRedis raw = new RawRedis(redis.address())) {
      assertThat(raw.setting("save")).isEmpty();
      assertThat(raw.setting("appendonly")).isEqualTo("no");
      assertThat(raw.text("INFO", "server")).contains("redis_version:7.4.");
    }
  }

  @Test
  void withoutAnEngineItIsOneClearSentence() {
    assumeFalse(engine(), "a Docker engine answers here");

    assertThatExceptionOfType(NoRedisException.class)
        .isThrownBy(() -> RunningRedis.open("docker"))
        .withMessage("no Docker engine answers, so no Redis could be started in one")
        .withNoCause();
  }
}
