package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.redis.launch.RedisCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerInfoTest {
  private static String info(String version, int cluster) {
    return "# Server\r\nredis_version:%s\r\nredis_mode:x\r\n# Cluster\r\ncluster_enabled:%d\r\n"
        .formatted(version, cluster);
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.2.0", "6.2.14", "7.0.15", "8.0-rc1", "10.0.0", "255.255.255"})
  void versionsFrom62OnAreAccepted(String version) {
    assertThat(ServerInfo.parse(info(version, 0))).isEqualTo(new ServerInfo(version, false));
  }

  /** Valkey says which Redis it is compatible with, on the same line, and its own version on another. */
  @Test
  void valkeyIsReadAsTheRedisItStandsFor() {
    String info =
        "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n";

    assertThat(ServerInfo.parse(info)).isEqualTo(new ServerInfo("7.2.4", false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"6.0.16", "5.0.14", "2.8.9"})
  void olderOnesAreRefusedWithTheVersionThatIsAccepted(String version) {
    assertThatExceptionOfType(RedisFailure.class)
        .isThrownBy(() -> ServerInfo.parse(info(version, 0)))
        .withMessage("the server is Redis %s; accepted: 6.2 or newer", version);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "# Server\r\n", "redis_version:new\r\n", "redis_version:99999999999.1"})
  void whatNamesNoVersionIsRefused(String info) {
    assertThatExceptionOfType(RedisFailure.class)
        .isThrownBy(() -> ServerInfo.parse(info))
        .withMessage("the server's INFO names no redis_version");
  }

  /** As one of 7.0.15 answers. */
  @ParameterizedTest
  @EnumSource
  void aSentinelIsRefused(Library library) throws Exception {
    try (FakeRedis fake = FakeRedis.replying("-ERR unknown command 'EVALSHA'\r\n")) {
      fake.info(
          "# Server\r\nredis_version:7.0.15\r\nredis_mode:sentinel\r\ncluster_connections:0\r\n");

      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> library.connect(fake.address()))
          .withMessage(
              "%s does not answer as a Redis: the server is a Sentinel, which decides nothing; accepted: the Redis that it watches",
              fake.address());
    }
  }

  /** It refuses the database before it is asked for INFO. */
  @ParameterizedTest
  @EnumSource
  void aSentinelIsRefusedWithADatabaseToo(Library library) throws Exception {
    try (FakeRedis fake = FakeRedis.replying("")) {
      fake.info("redis_version:7.0.15\r\nredis_mode:sentinel\r\n");

      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> connectNowOrLater(library, fake.address() + "/3"))
          .withMessage(
              "%s/3 does not answer as a Redis: the server may be a Sentinel, which decides nothing; accepted: the Redis that it watches (ERR unknown command 'SELECT')",
              fake.address());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDatabaseInAClusterIsRefused(Library library) {
    try (RedisCluster cluster = RedisCluster.start(1)) {
      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> connectNowOrLater(library, cluster.addresses().get(0) + "/3"))
          .withMessageContaining("SELECT is not allowed in cluster mode");
    }
  }

  private static void connectNowOrLater(Library library, String url) {
    LateRedisClient.connect("any", () -> library.connect(RedisAddress.parse(url)))
        .close();
  }

  @Test
  void aClusterNodeSaysSo() {
    assertThat(ServerInfo.parse(info("7.0.15", 1)).cluster()).isTrue();
  }
}
