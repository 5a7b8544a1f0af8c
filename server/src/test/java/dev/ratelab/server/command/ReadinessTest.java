package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.command.ServeCommandTest.Running;
import dev.ratelab.server.telemetry.Logged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;

/** A Redis that answers, and cannot decide: it is not ready, and everything says so. The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadinessTest {
  private static void command(RedisAddress address, String line) {
    List<String> words = Arrays.asList(line.split(" "));
    try (Jedis jedis = new Jedis(address.host(), address.port())) {
      jedis.sendCommand(
          Protocol.Command.valueOf(words.get(0)),
          words.subList(1, words.size()).toArray(String[]::new));
    }
  }

  /** Goes on checking, as clients do: some are admitted, if Redis decides, and some denied, which writes nothing. */
  private static void awaitReady(Running server, int status) throws IOException {
    while (server.get("/health/ready").status() != status) {
      server.check("denied", 2);
      server.check("a" + System.nanoTime(), 1);
    }
  }

  private static double up(Running server, String client) throws IOException {
    return Exposition.parse(server.get("/metrics").body())
        .value("ratelab_redis_up{client=\"" + client + "\"}");
  }

  private static void unfit(
      RedisAddress redis,
      String client,
      String algorithm,
      Runnable spoil,
      Runnable mend,
      String why)
      throws Exception {
    try (Running server = Running.start(
            "--redis %s --client %s --algorithm %s --limit 2 --window 1d --deadline" + " 10s",
            redis, client, algorithm);
        Logged log = new Logged(Class.forName("dev.ratelab.server.telemetry.RedisState"))) {
      server.check("denied", 2);
      awaitReady(server, 200);

      spoil.run();
      awaitReady(server, 503);
      List<String> told = new ArrayList<>();
      // A connection to a server that is the wrong one is left, so for a moment there is none.
      for (int i = 0; i < 20 || told.stream().noneMatch(body -> body.contains(why)); i++) {
        server.check("denied", 2);
        assertThat(server.check("b" + i, 1).status()).as("%s", i).isEqualTo(503);
        Response ready = server.get("/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.body()).contains("\"status\":\"down\"");
        told.add(ready.body());
      }
      assertThat(told).allMatch(body -> body.contains(why) || body.contains("not connected"));
      assertThat(server.get("/health").status()).isEqualTo(503);
      assertThat(up(server, client)).isZero();
      assertThat(log.lines()).extracting(line -> line.get("event")).containsExactly("redis_lost");

      mend.run();
      awaitReady(server, 200);
      assertThat(up(server, client)).isEqualTo(1);
      while (log.lines().size() < 2) {
        assertThat(server.get("/health/ready").status()).isEqualTo(200);
      }
      assertThat(log.lines())
          .extracting(line -> line.get("event"))
          .containsExactly("redis_lost", "redis_recovered");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      lettuce | gcra               | REPLICAOF 127.0.0.1 1                  | REPLICAOF NO ONE       | read only replica
      jedis   | sliding-window-log | REPLICAOF 127.0.0.1 1                  | REPLICAOF NO ONE       | read only replica
      lettuce | token-bucket       | ACL SETUSER default resetkeys ~other:* | ACL SETUSER default ~* | too few rights (NOPERM)
      jedis   | gcra               | ACL SETUSER default resetkeys ~other:* | ACL SETUSER default ~* | too few rights (NOPERM)
      lettuce | sliding-window-log | ACL SETUSER default -time              | ACL SETUSER default +@all | too few rights (NOPERM)
      lettuce | fixed-window       | CONFIG SET maxmemory 1                 | CONFIG SET maxmemory 0 | used memory > 'maxmemory'
      jedis   | leaky-bucket       | CONFIG SET maxmemory 1                 | CONFIG SET maxmemory 0 | used memory > 'maxmemory'
      """)
  void aRedisThatCannotDecideIsNotReady(
      String client, String algorithm, String spoil, String mend, String why) throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      RedisAddress address = redis.address();
      unfit(
          address,
          client,
          algorithm,
          () -> command(address, spoil),
          () -> command(address, mend),
          why);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aClusterThatIsDownIsNotReady(String client) throws Exception {
    try (RedisCluster cluster = RedisCluster.start(3)) {
      List<RedisAddress> nodes = cluster.addresses();
      unfit(
          nodes.get(0),
          client,
          "gcra",
          () -> nodes.forEach(node -> command(node, "CLUSTER DELSLOTS 0")),
          () -> nodes.forEach(node -> command(node, "CLUSTER ADDSLOTS 0")),
          "CLUSTERDOWN");
    }
  }

  /** It is that policy's own fault, and Redis decides. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aDeadlineThatNoRedisCanHoldIsNoLoss(String client, @TempDir Path directory)
      throws Exception {
    Path file = Files.writeString(
        directory.resolve("p.yaml"),
        "policies:\n  p: {limit: 5, window: 1h, deadline: 1us}\ndefault: p\n");
    try (RunningRedis redis = RunningRedis.open("embedded");
        Logged log = new Logged(Class.forName("dev.ratelab.server.telemetry.RedisState"));
        Running server = Running.start(
            "--redis %s --client %s --config %s --deadline 10s", redis.address(), client, file)) {
      assertThat(server.get("/health/ready").status()).isEqualTo(200);
      // A timer may come so late that Redis is in time.
      for (int late = 0; late < 5; ) {
        late += server.check("a", 1).status() == 503 ? 1 : 0;
        assertThat(server.get("/health/ready").status()).isEqualTo(200);
        assertThat(up(server, client)).isEqualTo(1);
      }
      assertThat(log.lines()).isEmpty();
    }
  }
}
