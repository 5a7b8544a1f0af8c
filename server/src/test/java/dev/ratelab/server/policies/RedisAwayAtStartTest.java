package dev.ratelab.server.policies;

import static dev.ratelab.server.policies.PolicyReaders.limit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LateRedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.command.PlainErrors;
import dev.ratelab.server.command.ServeCommand;
import dev.ratelab.server.command.ServeCommandTest.Running;
import dev.ratelab.server.telemetry.Logged;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisAwayAtStartTest {
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lettuce, fail-closed, local, 503, 503",
    "jedis,   fail-closed, redis, 503, 503",
    "lettuce, fail-open,   redis, 200, 200",
    "jedis,   fail-open,   local, 200, 200",
    "lettuce, local,       local, 200, 200",
    "jedis,   local,       redis, 200, 200",
  })
  void theServerAnswersByItsPoliciesUntilRedisComes(
      String client, String onFailure, String policies, int check, int ready) throws Exception {
    int port = freePort();
    try (Running server = Running.start(
        "--redis redis://127.0.0.1:%s --client %s --policies %s --on-failure %s"
            + " --deadline 10s",
        port, client, policies, onFailure)) {
      Response away = server.check("a", 1);
      assertThat(away.status()).isEqualTo(check);
      assertThat(away.headers().get("ratelab-decided-by")).startsWith(onFailure);
      assertThat(server.get("/health/ready").status()).isEqualTo(ready);
      assertThat(server.get("/health").body())
          .contains("redis://127.0.0.1:" + port + " does not answer as a Redis");
      assertThat(server.get("/health/live").status()).isEqualTo(200);

      try (RunningRedis redis = RunningRedis.embeddedOn(port)) {
        while (server.check("a", 1).headers().containsKey("ratelab-decided-by")) {
          Pause.brief();
        }
        while (server.health() != 200) {
          Pause.brief();
        }
        assertThat(server.get("/health/ready").status()).isEqualTo(200);
        if (policies.equals("redis")) {
          awaitStored(redis.address());
        }
      }
    }
  }

  /** Nobody asks: it finds out by itself. */
  @ParameterizedTest
  @CsvSource({"lettuce, fail-closed", "jedis, fail-open", "lettuce, local"})
  void whatNobodyAsksForIsToldAllTheSame(String client, String onFailure) throws Exception {
    int port = freePort();
    String up = "ratelab_redis_up{client=\"%s\"}".formatted(client);
    try (Logged log = new Logged(Class.forName("dev.ratelab.server.telemetry.RedisState"));
        Running server = Running.start(
            "--redis redis://127.0.0.1:%s --client %s --on-failure %s", port, client, onFailure)) {
      assertThat(Exposition.parse(server.get("/metrics").body()).value(up)).isZero();
      while (log.lines().isEmpty()) {
        Pause.brief();
      }
      assertThat(log.lines().get(0)).containsEntry("event", "redis_lost");
      assertThat(log.warnings()).containsExactly("Redis does not decide");

      try (RunningRedis redis = RunningRedis.embeddedOn(port)) {
        while (Exposition.parse(server.get("/metrics").body()).value(up) != 1) {
          Pause.brief();
        }
        assertThat(redis.address().port()).isEqualTo(port);
      }
    }
  }

  private static void awaitStored(RedisAddress address) {
    try (RedisClient client = LettuceClient.connect(address)) {
      StoredPolicies stored = StoredPolicies.of(client, "ratelab", Duration.ofMinutes(1));
      while (stored.version() == null) {
        Pause.brief();
      }
    }
  }

  /** Redis may hold others than those that the server was started with. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void whatRedisHoldsIsServedOnceItIsReached(String name) throws Exception {
    AtomicReference<RedisAddress> address =
        new AtomicReference<>(RedisAddress.parse("redis://127.0.0.1:" + freePort()));
    PolicyDocument start = document(5);
    try (RunningRedis redis = RunningRedis.open("embedded");
        RedisClient other = LettuceClient.connect(redis.address());
        RedisClient late = LateRedisClient.connect(
            name,
            () -> name.equals("jedis")
                ? JedisClient.connect(address.get())
                : LettuceClient.connect(address.get()));
        LivePolicies live = new LivePolicies(
            new LatePolicies(
                new RedisPolicies(StoredPolicies.of(late, "ratelab", Duration.ofMinutes(1))),
                start),
            document -> new BackendLimiters(RateLimiters.inMemory(), null)
                .load(document, PolicyFile.read(document, Duration.ofSeconds(1), 1, false)))) {
      live.poll();
      assertThat(limit(live)).as("all that is known").isEqualTo(5);
      new RedisPolicies(StoredPolicies.of(other, "ratelab", Duration.ofMinutes(1)))
          .seed(document(7));

      address.set(redis.address());
      while (limit(live) != 7) {
        live.poll();
        assertThat(limit(live)).isIn(5L, 7L);
      }
    }
  }

  private static PolicyDocument document(long limit) throws ConfigurationException {
    return PolicyDocument.json("the start", PolicyReaders.document(limit));
  }

  /** Its nodes come one by one, without slots at first. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aClusterThatComesLateIsUsed(String client) throws Exception {
    int port = freePort();
    try (Running server =
        Running.start("--redis redis://127.0.0.1:%s --client %s --deadline 10s", port, client)) {
      assertThat(server.check("a", 1).status()).isEqualTo(503);

      try (RedisCluster cluster = RedisCluster.startOn(port, 3)) {
        assertThat(cluster.addresses()).hasSize(3);
        for (int i = 0; i < 20; i++) {
          while (server.check("key" + i, 1).headers().containsKey("ratelab-decided-by")) {
            Pause.brief();
          }
        }
        while (server.get("/health/ready").status() != 200) {
          Pause.brief();
        }
      }
    }
  }

  /** Asking again would meet the same: an operator must mend that, and is told at once. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aRedisThatRefusesEndsTheStartWithOneLine(String client) throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      String place = "127.0.0.1:" + redis.address().port();
      assertThat(refusal(client, "redis://nobody:hunter2@" + place))
          .contains("WRONGPASS")
          .doesNotContain("hunter2");
      assertThat(refusal(client, "redis://" + place + "/99")).contains("DB index is out of range");
    }
    try (ServerSocket sentinel = saying("redis_version:7.0.15\r\nredis_mode:sentinel\r\n");
        ServerSocket old = saying("redis_version:6.0.16\r\n")) {
      assertThat(refusal(client, "redis://127.0.0.1:" + sentinel.getLocalPort()))
          .contains("the server is a Sentinel, which decides nothing; accepted: ");
      assertThat(refusal(client, "redis://127.0.0.1:" + old.getLocalPort()))
          .contains("the server is Redis 6.0.16; accepted: 6.2 or newer");
    }
  }

  /** What {@code serve} says. Where the machine is too busy for the refusal to come in time, it listens: it is stopped then, and starts anew. */
  private static String refusal(String client, String url) {
    Thread self = Thread.currentThread();
    PrintWriter out = new PrintWriter(new StringWriter() {
      @Override
      public void flush() {
        self.interrupt();
      }
    });
    StringWriter err = new StringWriter();
    int exit = 0;
    while (exit == 0) {
      exit = PlainErrors.commandLine(new ServeCommand())
          .setOut(out)
          .setErr(new PrintWriter(err))
          .execute("--port", "0", "--redis", url, "--client", client);
    }
    assertThat(exit).isEqualTo(1);
    assertThat(err.toString().strip().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("serve: redis://");
    return err.toString();
  }

  private static ServerSocket saying(String info) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(() -> {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          answer(socket, info);
        } catch (IOException e) {
          // The client, or the test, has closed it.
        }
      }
    });
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  private static void answer(Socket socket, String info) throws IOException {
    Scanner in = new Scanner(socket.getInputStream(), StandardCharsets.UTF_8);
    while (in.hasNextLine()) {
      List<String> command = new ArrayList<>();
      for (int i = Integer.parseInt(in.nextLine().substring(1)); i > 0; i--) {
        in.nextLine();
        command.add(in.nextLine());
      }
      String reply = switch (command.get(0)) {
        case "INFO" -> "$%d\r\n%s".formatted(info.length(), info);
        case "HELLO" -> "-ERR unknown command";
        default -> "+PONG";
      };
      socket.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private static RedisFailure away() {
    return new RedisFailure("away", new ConnectException("planted"));
  }

  @Test
  void aRefusalThatComesLaterIsToldOnce() throws Exception {
    CountDownLatch thrice = new CountDownLatch(1 + 3);
    RedisFailure refusal = new RedisFailure("refused", new RedisFailure("planted", null));
    try (Logged log = new Logged(LateRedisClient.class);
        RedisClient late = LateRedisClient.connect("lettuce", () -> {
          thrice.countDown();
          throw thrice.getCount() == 3 ? away() : refusal;
        })) {
      thrice.await();

      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> late.pingBlocking(Duration.ofSeconds(1)));
      assertThat(log.lines()).hasSize(1);
      assertThat(log.lines().get(0))
          .containsEntry("event", "redis_refused")
          .containsEntry("client", "lettuce")
          .containsEntry("reason", "refused");
    }
  }

  /** As a library may, that waits until it has an answer. */
  @Test
  void whoKeepsAnInterruptToItselfDoesNotConnectForEver() throws Exception {
    AtomicReference<Thread> connecting = new AtomicReference<>();
    CountDownLatch begun = new CountDownLatch(2);
    RedisClient late = LateRedisClient.connect("lettuce", () -> {
      connecting.set(Thread.currentThread());
      begun.countDown();
      while (begun.getCount() == 0 && !Thread.interrupted()) {
        Thread.onSpinWait();
      }
      throw away();
    });
    begun.await();
    late.close();

    connecting.get().join();
  }
}
