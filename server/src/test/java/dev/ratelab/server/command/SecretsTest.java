package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.Jedis;

/** Each secret is a text that is nowhere else, and is looked for in all that a server says, to whomever, in good times and bad. */
class SecretsTest {
  private static final String MARK = "MARKER";
  private static final String TOKEN = MARK + "-token-0123456789";
  private static final String WRONG_TOKEN = MARK + "-wrong-0123456789";
  private static final String PASSWORD = MARK + "-password";
  private static final String HEADER = MARK + "-header";
  private static final String KEY = MARK + "-key";
  private static final String TENANT = MARK + "-tenant";
  private static final List<String> SECRETS =
      List.of(TOKEN, WRONG_TOKEN, PASSWORD, HEADER, MARK + "-pem");
  private static final Pattern LISTENING =
      Pattern.compile("Listening on https://127\\.0\\.0\\.1:(\\d+): .*");

  private static final String AWAY = "redis://127.0.0.1:1";

  @TempDir
  private Path directory;

  private RunningRedis redis;
  private X509Bundle certificate;
  private final List<Process> processes = new ArrayList<>();

  /** How the log is written, and how the secrets are given. */
  private enum Way {
    /** Every line of every library, as a user's own logback.xml can have it. */
    TRACE,
    TEXT,
    JSON
  }

  @BeforeEach
  void start() throws Exception {
    redis = RunningRedis.open("embedded");
    try (Jedis admin = admin()) {
      admin.aclSetUser("ratelab", "reset", "on", ">" + PASSWORD, "~ratelab:*", "+@all");
    }
    certificate = new CertificateBuilder()
        .ecp256()
        .subject("CN=server")
        .addSanIpAddress("127.0.0.1")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
    write("cert.pem", certificate.getCertificatePathPEM());
    write("key.pem", certificate.getPrivateKeyPEM());
    write("token", TOKEN + "\n");
    write("password", PASSWORD + "\n");
    write("bad.pem", "-----BEGIN PRIVATE KEY-----\n" + MARK + "-pem\n-----END PRIVATE KEY-----\n");
    write("logback.xml", """
        <configuration>
          <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
            <target>System.err</target>
            <encoder><pattern>%level %logger %msg %kvp %mdc %ex%n</pattern></encoder>
          </appender>
          <root level="trace"><appender-ref ref="stderr"/></root>
        </configuration>
        """);
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    redis.close();
  }

  private Jedis admin() {
    RedisAddress address = redis.address();
    return new Jedis(address.host(), address.port());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private Process serve(List<String> jvm, Map<String, String> environment, List<String> options)
      throws IOException {
    ProcessBuilder builder =
        ServerJvm.command(jvm, options.toArray(String[]::new)).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private String url(String login) {
    return "redis://%s@127.0.0.1:%d".formatted(login, redis.address().port());
  }

  private Process serve(Way way) throws IOException {
    String options =
        "--policies redis --limit 3 --window 1h --traces otlp --tls-cert %s --tls-key %s"
                .formatted(file("cert.pem"), file("key.pem"))
            + (way == Way.JSON ? " --client jedis --log-format json" : " --client lettuce");
    // Nobody listens there.
    Map<String, String> environment = new HashMap<>(Map.of(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1",
        "OTEL_BSP_SCHEDULE_DELAY", "1",
        "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20" + HEADER));
    switch (way) {
      case TRACE -> {
        options += " --redis " + url("ratelab");
        environment.put("RATELAB_ADMIN_TOKEN", TOKEN);
        environment.put("RATELAB_REDIS_PASSWORD", PASSWORD);
      }
      case TEXT ->
        options += " --redis %s --redis-password-file %s --admin-token-file %s"
            .formatted(url("ratelab"), file("password"), file("token"));
      case JSON ->
        options += " --redis %s --admin-token-file %s"
            .formatted(url("ratelab:" + PASSWORD), file("token"));
    }
    return serve(
        way == Way.TRACE
            ? List.of("-Dlogback.configurationFile=" + file("logback.xml"))
            : List.of(),
        environment,
        List.of(options.split(" ")));
  }

  /** What a process says, read as it comes. A text is waited for without a look at all that was said before: at trace that is much. */
  private static final class Said {
    private final StringBuilder text = new StringBuilder();
    private boolean ended;

    Said(Process process) {
      new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
              lines.lines().forEach(line -> add(line + "\n", false));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            } finally {
              add("", true);
            }
          })
          .start();
    }

    private synchronized void add(String more, boolean isLast) {
      text.append(more);
      ended = isLast;
      notifyAll();
    }

    /** Within one line. */
    synchronized MatchResult await(Pattern pattern) throws InterruptedException {
      int seen = 0;
      while (true) {
        Matcher found = pattern.matcher(text);
        if (found.find(seen)) {
          return found.toMatchResult();
        }
        assertThat(ended).as("it ended: %s", text).isFalse();
        seen = text.length();
        wait();
      }
    }

    synchronized String all() throws InterruptedException {
      while (!ended) {
        wait();
      }
      return text.toString();
    }
  }

  private void assertNoSecretIn(String text) {
    assertThat(text).doesNotContainIgnoringCase(SECRETS.toArray(String[]::new));
    certificate
        .getPrivateKeyPEM()
        .lines()
        .filter(line -> !line.startsWith("-----"))
        .forEach(line -> assertThat(text).doesNotContain(line));
  }

  /** Requests of all kinds; their answers are kept. */
  private final class Client {
    private final HttpClient http;
    private final int port;
    private final StringBuilder answers = new StringBuilder();

    Client(int port) throws Exception {
      this.port = port;
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {certificate.toTrustManager()}, null);
      http = HttpClient.newBuilder()
          .sslContext(context)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
    }

    private HttpRequest request(String method, String path, String token, String body) {
      HttpRequest.Builder request = HttpRequest.newBuilder(
              URI.create("https://127.0.0.1:%d%s".formatted(port, path)))
          .header("If-Match", "*")
          .method(method, BodyPublishers.ofString(body));
      if (token != null) {
        request.header("Authorization", "Bearer " + token);
      }
      return request.build();
    }

    int ask(String method, String path, String token, String body) throws Exception {
      HttpResponse<String> response =
          http.send(request(method, path, token, body), BodyHandlers.ofString());
      answers.append(response.headers().map()).append(response.body()).append('\n');
      return response.statusCode();
    }

    int check(String body) throws Exception {
      return ask("POST", "/check", null, body);
    }

    /** The first second that the live page would be told of. */
    void watch() throws Exception {
      HttpResponse<InputStream> live =
          http.send(request("GET", "/live/events", null, ""), BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8))) {
        String line = "";
        while (!line.startsWith("data: ")) {
          line = lines.readLine();
          answers.append(line).append('\n');
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingThatAServerSaysHoldsASecret(Way way) throws Exception {
    Process process = serve(way);
    Said said = new Said(process);
    Client client = new Client(Integer.parseInt(said.await(LISTENING).group(1)));
    String check = "{\"key\":\"%s\",\"tenant\":\"%s\"}".formatted(KEY, TENANT);

    for (int i = 0; i < 5; i++) {
      assertThat(client.check(check)).isEqualTo(200);
    }
    assertThat(client.check(check + "]")).isEqualTo(400);
    assertThat(client.check(check.replace("}", ",\"policy\":\"none\"}"))).isEqualTo(422);
    assertThat(client.check(check.replace("}", ",\"cost\":\"" + KEY + "\"}"))).isEqualTo(400);
    assertThat(client.ask("GET", "/nowhere?" + TOKEN, TOKEN, "")).isEqualTo(404);
    assertThat(client.ask("GET", "/policies", WRONG_TOKEN, "")).isEqualTo(401);
    assertThat(client.ask("PUT", "/policies", WRONG_TOKEN, "{}")).isEqualTo(401);
    assertThat(client.ask("GET", "/policies", TOKEN, "")).isEqualTo(200);
    assertThat(client.ask("PUT", "/policies", TOKEN, "{\"policies\":[]}")).isEqualTo(422);
    assertThat(client.ask("PUT", "/policies", TOKEN, "{")).isEqualTo(400);
    assertThat(client.ask(
            "PUT", "/policies/p", TOKEN, "{\"limit\":5,\"window\":\"1h\",\"algorithm\":\"gcra\"}"))
        .isIn(200, 201, 412);
    client.ask(
        "PUT", "/policies/default/tenants/" + TENANT, TOKEN, "{\"limit\":5,\"window\":\"1h\"}");
    client.watch();
    for (String path : List.of("/", "/metrics", "/health", "/health/ready", "/health/live")) {
      assertThat(client.ask("GET", path, null, "")).isEqualTo(200);
    }
    try (Jedis admin = admin()) {
      admin.hset("ratelab:{policies}", Map.of("version", "x", "document", "{"));
      said.await(Pattern.compile("policies_kept"));
      admin.aclSetUser("ratelab", "-evalsha", "-eval");
      assertThat(client.check(check)).isEqualTo(503);
      said.await(Pattern.compile("NOPERM"));
      // It has to log in again, and may not.
      admin.aclSetUser("ratelab", "resetpass", ">other");
      admin.sendCommand(
          () -> "CLIENT".getBytes(StandardCharsets.US_ASCII), "KILL", "USER", "ratelab");
      assertThat(client.check(check)).isEqualTo(503);
      assertThat(client.ask("GET", "/health/ready", null, "")).isEqualTo(503);
    }
    redis.close();
    assertThat(client.check(check)).isEqualTo(503);
    assertThat(client.ask("GET", "/policies", TOKEN, "")).isIn(200, 503);
    assertThat(client.ask("GET", "/health", null, "")).isEqualTo(503);
    assertThat(client.ask("GET", "/metrics", null, "")).isEqualTo(200);
    said.await(Pattern.compile("traces_lost"));
    process.toHandle().destroy();
    String all = said.all();

    assertNoSecretIn(all);
    assertNoSecretIn(client.answers.toString());
    if (way != Way.TRACE) {
      assertThat(all).doesNotContain(MARK);
      assertThat(all.split("NOPERM", -1)).as("told once").hasSize(2);
    }
  }

  @Test
  void noStartThatFailsShowsASecretAtTrace() throws Exception {
    // None lives so long that the second compiler would pay.
    noStartThatFailsShowsASecret(
        List.of("-XX:TieredStopAtLevel=1", "-Dlogback.configurationFile=" + file("logback.xml")),
        false);
  }

  /** The same starts once more, each in a JVM of its own, as users see them. */
  @Test
  @Tag("nightly")
  void noStartThatFailsShowsASecretOrAStackTrace() throws Exception {
    noStartThatFailsShowsASecret(List.of(), true);
  }

  private void noStartThatFailsShowsASecret(List<String> jvm, boolean plain) throws Exception {
    String starts = """
        --help
        --redis redis://ratelab:WRONG@REDIS
        --redis redis://nobody:PASSWORD@REDIS --client jedis
        --redis redis://ratelab:PASSWORD@REDIS --redis-password-file FILES/password
        --redis redis://ratelab:PASSWORD/PASSWORD@127.0.0.1
        --redis PASSWORD@127.0.0.1
        --redis-password-file FILES/password
        --redis AWAY --redis-password-file FILES/password
        --redis rediss://ratelab@REDIS --redis-key FILES/bad.pem
        --redis rediss://ratelab@REDIS --redis-password-file FILES/password --redis-ca FILES/cert.pem --redis-cert FILES/cert.pem --redis-key FILES/bad.pem
        --redis none --tls-cert FILES/cert.pem --tls-key FILES/bad.pem
        --redis none --tls-cert FILES/bad.pem --tls-key FILES/key.pem
        --redis none --tls-cert FILES/cert.pem --tls-key FILES/key.pem --tls-key-password-file FILES/password
        --redis none --admin-token-file FILES/bad.pem
        --config FILES/bad.pem
        --config FILES/token
        """.replace("FILES", directory.toString())
        .replace("REDIS", "127.0.0.1:" + redis.address().port())
        .replace("PASSWORD", PASSWORD)
        .replace("WRONG", WRONG_TOKEN)
        .replace("AWAY", AWAY);
    for (String line : starts.lines().toList()) {
      List<String> start = List.of(line.split(" "));
      Process process = serve(jvm, Map.of(), start);
      Said said = new Said(process);
      if (start.contains(AWAY)) {
        // It starts all the same, and tries again.
        said.await(Pattern.compile("Redis does not decide"));
        process.toHandle().destroy();
      }
      String all = said.all();

      boolean help = start.contains("--help");
      assertThat(process.waitFor() == 0).as("%s: %s", start, all).isEqualTo(help);
      assertNoSecretIn(all);
      assertThat(all).as("%s", start).isNotBlank();
      if (plain) {
        assertThat(all).as("%s", start).doesNotContain("\tat ");
      }
    }
  }
}
