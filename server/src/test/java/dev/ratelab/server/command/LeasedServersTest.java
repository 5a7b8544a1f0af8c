package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.command.ServeCommandTest.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers, as the command starts them, that borrow from one real Redis. Nothing is refilled and no lease ends while a test runs, so a
 * count does not depend on speed. The time limit only ends a hang.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeasedServersTest {
  private static final int LIMIT = 1_000;
  private static final int LEASE = 100;
  private static final String POLICY =
      "policies:\n  p: {algorithm: gcra, limit: %s, window: 31d, deadline: 1m%s}\n";

  @TempDir
  private Path directory;

  private RunningRedis redis;

  @BeforeEach
  void start() {
    redis = RunningRedis.ownForTests();
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  private Running leased(String client) throws IOException {
    return server("leased-" + client, client, ", lease: {permits: %s, for: 1h}".formatted(LEASE));
  }

  private Running server(String name, String client, String lease) throws IOException {
    Path file =
        Files.writeString(directory.resolve(name + ".yaml"), POLICY.formatted(LIMIT, lease));
    return Running.start("--redis %s --client %s --config %s", redis.address(), client, file);
  }

  private static int admitted(List<Running> servers, int checks) throws IOException {
    int admitted = 0;
    for (Running each : servers) {
      try (RawClient client = new RawClient(each.port())) {
        client.send(RawClient.check("hot").repeat(checks));
        for (int i = 0; i < checks; i++) {
          admitted += client.read().body().startsWith("{\"allowed\":true,") ? 1 : 0;
        }
      }
    }
    return admitted;
  }

  /** What Redis itself has counted, on all its servers. */
  private long decisionsOfRedis() throws IOException {
    long decisions = 0;
    for (RedisAddress server : redis.primaries()) {
      try (RawClient client = new RawClient(server.port())) {
        client.send("INFO commandstats\r\n");
        for (String line = client.line(); !line.isEmpty(); line = client.line()) {
          if (line.startsWith("cmdstat_evalsha:calls=")) {
            decisions += Long.parseLong(line.replaceAll(".*?calls=(\\d+).*", "$1"));
          }
        }
      }
    }
    return decisions;
  }

  private static double metric(Running server, String sample) throws IOException {
    return Exposition.parse(server.get("/metrics").body()).value(sample);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void twoServersKeepTheBoundAndHardlyAskRedis(String client) throws Exception {
    try (Running a = leased(client);
        Running b = leased("lettuce")) {
      List<Running> both = List.of(a, b);
      long before = decisionsOfRedis();
      int admitted = 0;
      for (int round = 0; round < 15; round++) {
        admitted += admitted(both, LEASE);
      }

      assertThat(admitted).isBetween(LIMIT - 2 * LEASE, LIMIT + 2 * LEASE);
      assertThat(decisionsOfRedis() - before).as("of 3,000 decisions").isBetween(2L, 300L);
      for (Running each : both) {
        assertThat(metric(each, "ratelab_leases_decisions_total{outcome=\"denied\"}"))
            .isPositive();
        assertThat(metric(each, "ratelab_leases_counters")).isEqualTo(1);
      }
    }
  }

  @Test
  void serversWhosePoliciesDifferOnlyInTheLeaseCountTogether() throws Exception {
    try (Running leased = leased("lettuce");
        Running plain = server("plain", "lettuce", "")) {
      assertThat(leased.check("user", 30).body()).startsWith("{\"allowed\":true,\"limit\":1000,");
      long borrowed = (long) metric(leased, "ratelab_leases_borrowed_total");

      assertThat(borrowed).isBetween(30L, 100L);
      assertThat(plain.check("user", 1).body())
          .startsWith(
              "{\"allowed\":true,\"limit\":1000,\"remaining\":%s,".formatted(LIMIT - 1 - borrowed));
      assertThat(leased.check("user", LEASE + 1).body())
          .as("more than a lease is asked whole")
          .contains("\"remaining\":%s,".formatted(LIMIT - 2 - LEASE - borrowed));
    }
  }

  @Test
  void whatIsLeasedIsAdmittedWithoutRedisAndThenTheFailurePolicyDecides() throws Exception {
    try (Running server = leased("lettuce")) {
      admitted(List.of(server), 10);
      while (metric(server, "ratelab_redis_in_flight") > 0) {
        Pause.brief();
      }
      double held = metric(server, "ratelab_leases_borrowed_total")
          - metric(server, "ratelab_leases_decisions_total{outcome=\"allowed\"}");

      redis.close();

      int admitted = 0;
      Response last = server.check("hot", 1);
      while (last.status() == 200) {
        assertThat(last.body()).startsWith("{\"allowed\":true,").doesNotContain("decidedBy");
        admitted++;
        last = server.check("hot", 1);
      }
      assertThat(last.status()).isEqualTo(503);
      assertThat(last.body())
          .startsWith("{\"allowed\":false,\"limit\":1000,\"decidedBy\":\"fail-closed\",");
      assertThat(admitted).isPositive().isEqualTo((int) held);
      assertThat(server.health()).as("the server asks Redis itself").isEqualTo(503);
    }
  }
}
