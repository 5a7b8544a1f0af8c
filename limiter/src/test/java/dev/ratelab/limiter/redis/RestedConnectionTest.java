package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A connection that Redis closed while it rested, as its setting timeout does, costs no call on its next use. The time limit
 * only ends a hang.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RestedConnectionTest {
  private static boolean decides(OnePolicy<RedisRateLimiter> limiter, String key) {
    return limiter.check(key, 1).decidedBy() == null
        && limiter.checkAsync(key, 1).join().decidedBy() == null;
  }

  /** How many there ever were, with the one that asks. */
  private static long connections(RedisAddress server) {
    try (RawRedis redis = new RawRedis(server)) {
      return redis
          .text("INFO", "stats")
          .lines()
          .filter(line -> line.startsWith("total_connections_received:"))
          .mapToLong(
              line -> Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
          .sum();
    }
  }

  private static void closeConnections(List<RedisAddress> servers) {
    for (RedisAddress server : servers) {
      try (RawRedis redis = new RawRedis(server)) {
        redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      }
    }
  }

  /** Lettuce sees at once that a connection is closed, and has another soon. */
  private static void awaitReconnect(Library library, RedisClient client) {
    OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "waiting");
    for (int key = 0; library == Library.LETTUCE && key < 10; ) {
      key += decides(limiter, "key" + key) ? 1 : 0;
    }
  }

  private static void assertCostsNothing(Library library, List<RedisAddress> servers) {
    try (RedisClient client = library.connect(servers.get(0))) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "rested");
      for (int i = 0; i < 3; i++) {
        for (int call = 0; call < 2; call++) {
          long before = connections(servers.get(0));
          assertThat(IntStream.range(0, 10).mapToObj(key -> decides(limiter, "key" + key)))
              .doesNotContain(false);
          // Over Lettuce a cluster's nodes are also asked for the slots, each time on another.
          if (call == 1 && (library == Library.JEDIS || servers.size() == 1)) {
            assertThat(connections(servers.get(0)))
                .as("open ones are used again")
                .isEqualTo(before + 1);
          }
        }
        closeConnections(servers);
        awaitReconnect(library, client);
      }
      assertThat(decides(limiter, "key1")).isTrue();
      assertThat(limiter.limiter().failures()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofOneServer(Library library) {
    try (RunningRedis server = RunningRedis.open("embedded")) {
      assertCostsNothing(library, List.of(server.address()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofACluster(Library library) {
    try (RedisCluster cluster = RedisCluster.start(3)) {
      assertCostsNothing(library, cluster.addresses());
    }
  }

  @ParameterizedTest
  @EnumSource
  void overTls(Library library, @TempDir Path directory) throws Exception {
    X509Bundle authority = TlsRedis.authority();
    X509Bundle shown = TlsRedis.certificate().addSanIpAddress("127.0.0.1").buildIssuedBy(authority);
    Path trusted = Files.writeString(directory.resolve("ca.pem"), authority.getCertificatePEM());
    try (TlsRedis redis = TlsRedis.start(directory, shown, authority, false)) {
      assertCostsNothing(
          library, List.of(redis.address("127.0.0.1", new TlsFiles(trusted, null, null))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofAServerThatHasBeenStartedAgain(Library library) {
    RunningRedis first = RunningRedis.open("embedded");
    try (RedisClient client = library.connect(first.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "rested");
      assertThat(decides(limiter, "a")).isTrue();

      first.close();
      try (RunningRedis second = RunningRedis.embeddedOn(first.address().port())) {
        assertThat(second.address()).isEqualTo(first.address());
        awaitReconnect(library, client);
        assertThat(decides(limiter, "a")).isTrue();
      }
    }
  }
}
