package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.Pause;
import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

public class ServeCommandTest {
  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://127\\.0\\.0\\.1:(\\d+): (.*)");

  private static final String EXAMPLE =
      Path.of("..", "docs", "policies.example.yaml").toString();

  private static CommandLine command() {
    return PlainErrors.commandLine(new ServeCommand());
  }

  public static String fail(int exitCode, String... args) {
    StringWriter err = new StringWriter();
    CommandLine command = command().setErr(new PrintWriter(err)).setOut(new PrintWriter(err));
    assertThat(command.execute(args)).isEqualTo(exitCode);
    return err.toString();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          --port 70000              | --port is 70000; accepted: 0 (any free one) to 65535
          --port x                  | Invalid value for option '--port': 'x' is not a whole number
          --deny-status 403         | --deny-status is 403; accepted: 200, 429
          --max-body 0              | --max-body is 0 bytes; accepted: 1 to 1048576
          --max-connections 0       | --max-connections is 0; accepted: 1 to
          --max-connections x       | Invalid value for option '--max-connections': 'x' is not a whole number
          --max-connections 2000000000 | --max-connections is 2000000000; accepted: 1 to
          --max-header 9            | --max-header is 9; accepted: 256 to 65536
          --idle-timeout 2d         | --idle-timeout is 2d; accepted: over 0, at most a day
          --body-timeout 0s         | --body-timeout is 0s; accepted: over 0, at most a day
          --limit 0                 | --limit is 0; accepted: 1 to 1000000000
          --window 1w               | '1w' is no duration; accepted: a whole number with us, ms, s, m, h or d, such as 10s
          --window 32d              | --window is 32d; accepted: 1 microsecond to 31 days
          --deadline 2h             | --deadline is 2h; accepted: over 0, at most an hour
          --algorithm best          | unknown algorithm 'best'; accepted: fixed-window, sliding-window-counter
          --redis none --algorithm sliding-window-log --limit 1000000000 --window 20m | --limit is 1000000000; one log of it may not fit into memory
          --algorithm fixed-window --burst 5 | fixed-window has no burst
          --algorithm gcra --buckets 5 | gcra has no buckets; accepted by sliding-window-buckets
          --algorithm sliding-window-buckets --buckets 101 | --buckets is 101; accepted: 1 to 100
          --lease-permits 5         | a lease has permits and a time; accepted: --lease-permits PERMITS --lease-for DURATION
          --lease-for 1s            | a lease has permits and a time; accepted: --lease-permits PERMITS --lease-for DURATION
          --lease-permits x --lease-for 1s | Invalid value for option '--lease-permits': 'x' is not a whole number
          --lease-permits 101 --lease-for 1s | the lease's permits are 101; accepted: at most 100, what the limit admits at once
          --lease-permits 0 --lease-for 1s | the lease's number of permits is 0; accepted: 1 to 1000000000
          --lease-permits 5 --lease-for 2s | the lease's time is 2s; accepted: at most the window, 1s
          --lease-permits 5 --lease-for 32d | the lease's time is 32d; accepted: 1 microsecond to 31 days
          --redis none --lease-permits 5 --lease-for 1s | a lease is borrowed from Redis, and this policy is in memory; accepted: no lease
          --client redisson         | 'redisson' is no client; accepted: lettuce, jedis
          --log-format xml         | 'xml' is no log format; accepted: text, json
          --drain=-PT1S            | --drain is -1s; accepted: 0 or longer
          --on-failure retry        | 'retry' is no failure policy; accepted: fail-closed, fail-open, local
          --instances 0             | --instances is 0; accepted: over 0
          --max-in-flight 0         | --max-in-flight is 0; accepted: over 0
          --policy a:b              | --policy is 'a:b'; accepted: 1 to 64 of A-Z a-z 0-9 . _ -
          --namespace a:b           | --namespace is 'a:b'; accepted: 1 to 64 of A-Z a-z 0-9 . _ -
          --redis localhost         | accepted: embedded, embedded-cluster:N with 1 to 64 primaries, docker, or a URL such as redis://localhost:6379, or none
          --redis http://localhost  | the Redis URL does not begin with redis:// or rediss://
          --redis none --redis-ca x | a password or certificates for Redis without the URL of one; accepted: with --redis redis://
          --redis redis://localhost --redis-ca x | certificates for a Redis without TLS; accepted: with --redis rediss://host:port
          --redis rediss://localhost --redis-key x | a client's certificate for Redis needs its key; accepted: both or none
          --nonsense                | Unknown option: '--nonsense'
          --traces zipkin           | 'zipkin' is no way to send traces; accepted: none, otlp
          --admin-certificate CN=a  | --admin-certificate without clients' certificates; accepted: with --tls-client-ca
          --tls-cert x              | TLS needs a certificate and its key; accepted: --tls-cert FILE --tls-key FILE
          --tls-client-auth maybe   | 'maybe' is no client authentication; accepted: none, want, require
          --check-config            | --check-config without a file; accepted: --config FILE --check-config
          --policies file           | 'file' is no place for policies; accepted: local, redis
          --policies redis --redis none | --policies redis without Redis; accepted: another --redis than none
          --config x --lease-permits 5 --lease-for 1s | --lease-permits is for one policy; accepted with --config: in the file
          --config x --limit 5      | --limit is for one policy; accepted with --config: in the file
          """)
  void badUsageIsOneLineAndExitCode2(String args, String message) {
    String err = fail(2, args.split(" "));

    assertThat(err.strip().lines()).hasSize(1);
    assertThat(err).startsWith("serve: ").contains(message).contains("; see serve --help");
  }

  @Test
  void checkConfigSaysWhetherTheFileIsRight(@TempDir Path directory) throws Exception {
    String right = fail(0, "--config", EXAMPLE, "--check-config");
    assertThat(right.strip())
        .isEqualTo(
            EXAMPLE
                + ": policies api, stricter, login, tenant-total, by default api and stricter, 1 tenant with limits of their own");

    Path leased = Files.writeString(
        directory.resolve("leased.yaml"),
        "policies:\n  p: {limit: 9, window: 1s, lease: {permits: 5, for: 100ms}}");
    assertThat(fail(0, "--config", leased.toString(), "--check-config"))
        .contains(": policies p (leases of 5 for 100ms), by default p, ");

    Path wrong = Files.writeString(
        directory.resolve("p.yaml"), "policies:\n  p: {limit: 0, window: 1s}\n  q: {limit: 1}");
    assertThat(fail(2, "--config", wrong.toString(), "--check-config").lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith(wrong + ":2:7: /policies/p/limit: "))
        .anyMatch(line -> line.startsWith(wrong + ":3:3: /policies/q: "));
    assertThat(fail(2, "--config", wrong.toString()))
        .as("and it is not served")
        .startsWith(wrong + ":2:7: ");
  }

  @Test
  void aTokenThatIsTooShortIsNotServedAndNotShown(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "secret");

    String err = fail(2, "--redis", "none", "--port", "0", "--admin-token-file", file.toString());

    assertThat(err)
        .startsWith(file + ": the token is 6 characters long; accepted: at least 16")
        .doesNotContain("secret");
  }

  /** Locales whose formats have digits of their own. */
  @ParameterizedTest
  @ValueSource(strings = {"fa-IR", "ar-EG", "hi-IN-u-nu-deva", "th-TH-u-nu-thai"})
  void noLocaleChangesWhatIsSent(String locale) throws Exception {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try (Running server = Running.start("--redis none")) {
      assertThat("%d".formatted(1)).as("the locale has digits of its own").isNotEqualTo("1");
      for (Response answer : List.of(
          server.check("a", 1),
          server.check("a", 100),
          server.check("a", 101),
          server.ask(RawClient.post("{\n", "")),
          server.get("/nothing"),
          server.get("/metrics"))) {
        assertThat(answer.headers() + answer.body()).doesNotContainPattern("[^\\x00-\\x7f]");
      }
      assertThat(server.check("a", 1).headers())
          .containsEntry("ratelimit-policy", "\"default\";q=100;w=1");
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "embedded"})
  void aFileOfPoliciesIsServed(String redis) throws Exception {
    try (Running server = Running.start("--config %s --redis %s", EXAMPLE, redis)) {
      assertThat(server.says())
          .startsWith("policies api, stricter, login, tenant-total, by default api and stricter, ");

      assertThat(server.check("a", 1).headers())
          .containsEntry("ratelimit-policy", "\"api\";q=100;w=1");
      Response both = server.ask(RawClient.post(
          "{\"key\":\"a\",\"tenant\":\"acme\",\"policy\":[\"login\",\"tenant-total\"],\"cost\":5}",
          ""));
      assertThat(both.body())
          .contains("\"policy\":\"tenant-total\",\"allowed\":true,\"limit\":10000,");
      Response denied = server.ask(RawClient.post(
          "{\"key\":\"a\",\"tenant\":\"acme\",\"policy\":[\"login\",\"tenant-total\"]}", ""));
      assertThat(denied.body())
          .startsWith("{\"allowed\":false,")
          .contains("\"deniedBy\":\"login\"");
    }
  }

  @Test
  void aPortInUseIsOneLineAndExitCode1() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();

      String err = fail(1, "--redis", "none", "--port", "" + port);

      assertThat(err.strip())
          .isEqualTo("serve: cannot listen on 127.0.0.1:%d: Address already in use", port);
    }
  }

  @Test
  void memoryNeedsNoRedis() throws Exception {
    try (Running server = Running.start("--redis none --limit 5 --window 90s")) {
      assertThat(server.says()).isEqualTo("gcra, 5 per 90s, burst 5, in memory");

      Response response = server.check("a", 5);
      assertThat(response.body()).startsWith("{\"allowed\":true,\"limit\":5,\"remaining\":0,");
      assertThat(server.check("a", 1).body()).startsWith("{\"allowed\":false,");
      assertThat(server.health()).isEqualTo(200);
    }
  }

  @Test
  void optionsReachWhatTheyName() throws Exception {
    try (Running server =
        Running.start("--redis none --algorithm leaky-bucket --limit 2 --window 1h --burst 1"
            + " --policy strict --deny-status 429 --max-body 40")) {
      assertThat(server.says()).isEqualTo("leaky-bucket, 2 per 1h, burst 1, in memory");

      assertThat(server.check("a", 1).headers())
          .containsEntry("ratelimit-policy", "\"strict\";q=2;w=3600");
      assertThat(server.check("a", 1).status()).isEqualTo(429);
      assertThat(server.check("a".repeat(40), 1).status()).isEqualTo(413);
    }
  }

  @Test
  void whileItDrainsItServesAndIsNotReady() throws Exception {
    try (Running server = Running.start("--redis none --drain 1h")) {
      assertThat(server.get("/health/ready").status()).isEqualTo(200);

      server.stop();

      while (server.get("/health/ready").status() == 200) {
        Pause.brief();
      }
      assertThat(server.check("a", 1).status()).isEqualTo(200);
      // Told a second time, it does not wait for the hour to pass.
    }
  }

  @Test
  void itHasMetricsAndALivePage() throws Exception {
    try (Running server = Running.start("--redis none")) {
      server.check("a", 1);

      Exposition metrics = Exposition.parse(server.get("/metrics").body());
      assertThat(metrics.value(
              "ratelab_checks_total{algorithm=\"gcra\",outcome=\"allowed\",policy=\"default\"}"))
          .isEqualTo(1);
      assertThat(metrics.value("ratelab_store_counters")).isEqualTo(1);
      Response page = server.get("/");
      assertThat(page.status()).isEqualTo(200);
      assertThat(page.headers())
          .containsEntry("content-type", "text/html; charset=utf-8")
          .containsKey("content-security-policy");
    }
  }

  /** With the defaults, and so with a real Redis of its own. */
  @Test
  void theDefaultIsAnEmbeddedRedis() throws Exception {
    try (Running server = Running.start("--window 1h")) {
      assertThat(server.says())
          .matches("gcra, 100 per 1h, burst 100, redis://127\\.0\\.0\\.1:\\d+ over lettuce");

      assertThat(server.check("a", 100).body()).startsWith("{\"allowed\":true,");
      Response denied = server.check("a", 1);
      assertThat(denied.status()).isEqualTo(200);
      assertThat(denied.body()).startsWith("{\"allowed\":false,\"limit\":100,\"remaining\":0,");
      assertThat(denied.headers()).containsKey("retry-after");
      assertThat(server.health()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aRedisThatGoesAwayIs503(String client) throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    try (Running server =
            Running.start("--redis %s --client %s --window 1h", redis.address(), client);
        Running open = Running.start(
            "--redis %s --client %s --window 1h --on-failure fail-open --namespace" + " other",
            redis.address(), client)) {
      assertThat(server.check("a", 100).body()).startsWith("{\"allowed\":true,");
      assertThat(open.check("a", 100).body())
          .as("another namespace, another counter")
          .startsWith("{\"allowed\":true,");

      redis.close();

      Response failed = server.check("b", 1);
      assertThat(failed.status()).isEqualTo(503);
      assertThat(failed.body())
          .isEqualTo(
              "{\"allowed\":false,\"limit\":100,\"decidedBy\":\"fail-closed\",\"because\":\"unavailable\"}");
      assertThat(server.health()).isEqualTo(503);
      Response admitted = open.check("b", 1);
      assertThat(admitted.status()).isEqualTo(200);
      assertThat(admitted.body())
          .isEqualTo(
              "{\"allowed\":true,\"limit\":100,\"decidedBy\":\"fail-open\",\"because\":\"unavailable\"}");
    }
  }

  @Test
  void aRedisThatGoesAwayIsTakenOverAndUsedAgainWhenItIsBack() throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    try (Running server =
        Running.start("--redis %s --window 1h --on-failure local --instances 4", redis.address())) {
      assertThat(server.check("a", 1).body()).contains("\"limit\":100,\"remaining\":99");

      redis.close();

      Response local = server.check("a", 20);
      assertThat(local.status()).isEqualTo(200);
      assertThat(local.body())
          .startsWith(
              "{\"allowed\":true,\"limit\":25,\"decidedBy\":\"local\",\"because\":\"unavailable\",")
          .contains("\"remaining\":5,");
      assertThat(local.headers()).containsEntry("ratelab-decided-by", "local;because=unavailable");
      while (!server.check("b", 1).body().contains("breaker-open")) {
        Pause.brief();
      }
      try (RunningRedis back = RunningRedis.embeddedOn(redis.address().port())) {
        assertThat(back.address()).isEqualTo(redis.address());
        while (server.check("b", 1).body().contains("decidedBy")) {
          Pause.brief();
        }
        assertThat(server.check("c", 1).body()).contains("\"limit\":100,\"remaining\":99");
      }
    }
  }

  @Test
  void aPolicyInShadowNeverDenies() throws Exception {
    try (Running server =
        Running.start("--redis none --window 1h --limit 1 --shadow --deny-status 429")) {
      server.check("a", 1);
      Response second = server.check("a", 1);

      assertThat(second.status()).isEqualTo(200);
      assertThat(second.body())
          .startsWith("{\"allowed\":true,")
          .contains("\"shadow\":true,\"allowed\":false,");
    }
  }

  /** A process of its own, ended as container engines end one. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void sigtermEndsTheServerAndItsRedis() throws Exception {
    try (ServerJvm server =
            ServerJvm.start(ServerJvm.command(List.of()).redirectErrorStream(true));
        RawClient client = new RawClient(server.port())) {
      int redis = Integer.parseInt(server.backend().replaceAll(".*:(\\d+) over .*", "$1"));
      try (RawClient toRedis = new RawClient(redis)) {
        assertThat(client.send(RawClient.check("a")).read().status()).isEqualTo(200);
        assertThat(toRedis.send("PING\r\n")).isNotNull();
      }

      server.stop();

      assertThat(client.ended()).isTrue();
      assertThat(server.line()).as("nothing to complain about").isNull();
      for (int port : List.of(server.port(), redis)) {
        assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> new RawClient(port));
      }
    }
  }

  /** The command on a thread of its own, stopped by interrupting it. */
  public static final class Running implements AutoCloseable {
    private final Thread thread;
    private final Matcher line;
    private final List<Integer> exit;

    private Running(Thread thread, Matcher line, List<Integer> exit) {
      this.thread = thread;
      this.line = line;
      this.exit = exit;
    }

    /** Options as one line of words, in which each %s is a value. */
    @SuppressWarnings("AnnotateFormatMethod")
    public static Running start(String options, Object... values) throws IOException {
      String[] args = ("--port 0 " + options.formatted(values)).split(" +");
      PipedReader reader = new PipedReader(1 << 16);
      PrintWriter out = new PrintWriter(new PipedWriter(reader));
      CommandLine command = command().setOut(out).setErr(out);
      List<Integer> exit = new ArrayList<>();
      Thread thread = new Thread(() -> {
        // An error that the command does not catch ends the wait for its first line, too.
        try (out) {
          exit.add(command.execute(args));
        }
      });
      thread.start();
      String first = String.valueOf(new BufferedReader(reader).readLine());
      Matcher line = LISTENING.matcher(first);
      assertThat(line.matches()).as(first).isTrue();
      return new Running(thread, line, exit);
    }

    public int port() {
      return Integer.parseInt(line.group(1));
    }

    public String says() {
      return line.group(2);
    }

    public Response check(String key, int cost) throws IOException {
      return ask(RawClient.post("{\"key\":\"%s\",\"cost\":%s}".formatted(key, cost), ""));
    }

    public int health() throws IOException {
      return get("/health").status();
    }

    public Response get(String path) throws IOException {
      return ask(RawClient.get(path));
    }

    void stop() {
      thread.interrupt();
    }

    public Response ask(String request) throws IOException {
      return RawClient.ask(port(), request);
    }

    @Override
    public void close() {
      thread.interrupt();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a test", e);
      }
      assertThat(exit).containsExactly(0);
    }
  }
}
