package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestedUrlTest {
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private volatile int status = 200;
  private volatile String body = "";
  private volatile List<String> headers = List.of();
  private volatile @Nullable CyclicBarrier together;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    seen.add("%s %s %s %s"
        .formatted(
            exchange.getRequestMethod(),
            exchange.getRequestURI(),
            exchange.getRequestHeaders().getFirst("Date"),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
    CyclicBarrier barrier = together;
    if (barrier != null) {
      try {
        barrier.await();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    for (String header : headers) {
      String[] parts = header.split(": ", 2);
      exchange.getResponseHeaders().add(parts[0], parts[1]);
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private TestedUrl get(Admission admission) {
    return new TestedUrl(
        RequestTemplate.parse(url() + "/check?key=${key}", "GET", List.of()), admission, null);
  }

  private Answer ask() {
    try (TestedUrl target = get(Admission.BY_STATUS)) {
      return target.ask("a", 1).join();
    }
  }

  @Test
  void sendsTheTemplate() {
    try (TestedUrl target = new TestedUrl(
        RequestTemplate.parse(
            url() + "/check", "POST {\"key\":\"${key}\",\"cost\":${cost}}", List.of()),
        Admission.BY_STATUS,
        null)) {
      assertThat(target.name()).isEqualTo("127.0.0.1:" + server.getAddress().getPort());
      assertThat(target.abilities())
          .containsExactlyInAnyOrder(Ability.COST, Ability.ANOTHER, Ability.CLOCK);
      assertThat(target.ask("a\"\\ä\ud800", 3).join()).isEqualTo(Answer.of(true));
      assertThat(seen)
          .containsExactly("POST /check null {\"key\":\"a\\\"\\\\\\u00E4\\uD800\",\"cost\":3}");
    }
  }

  @ParameterizedTest
  @CsvSource({"200, true", "204, true", "429, false", "503, false", "403, false"})
  void theStatusTells(int told, boolean allowed) {
    status = told;
    assertThat(ask()).isEqualTo(Answer.of(allowed));
  }

  @Test
  void otherStatusesAreNoAnswer() {
    status = 404;
    body = "no such page";
    assertThatThrownBy(this::ask)
        .cause()
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("the status 404 tells no decision: no such page");
  }

  @Test
  void aFieldTells() {
    try (TestedUrl target = get(Admission.byField("result.ok"))) {
      body = "{\"result\":{\"ok\":false}}";
      assertThat(target.ask("a", 1).join().allowed()).isFalse();
      body = "{\"result\":{\"ok\":true}}";
      assertThat(target.ask("a", 1).join().allowed()).isTrue();
      body = "{\"result\":17}";
      assertThatThrownBy(target.ask("a", 1)::join)
          .hasRootCauseMessage(
              "the status 200 tells no result.ok that is true or false: {\"result\":17}");
    }
  }

  @Test
  void theFieldsOfAProgramTell() {
    body = "{\"allowed\":false,\"remaining\":2,\"retryAfterMs\":1.5,\"resetAfterMs\":20}";
    headers = List.of("Retry-After: 1");
    assertThat(ask())
        .isEqualTo(new Answer(false, 2L, new ToldWait(1_500, 1_000), new ToldWait(20_000, 1_000)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "RateLimit: \"default\";r=50;t=30|50|-|-",
        "RateLimit: \"t=1;r=1\";r=50;t=30, \"b\";r=7;t=2|7|-|-",
        "RateLimit: limit=100, remaining=50, reset=5|50|-|-",
        "RateLimit-Remaining: 4|4|-|-",
        "RateLimit-Reset: 4|-|-|-",
        "X-RateLimit-Remaining: 4.9|4|-|-",
        "X-RateLimit-Reset: 12|-|-|12000000",
        "X-RateLimit-Reset: 0.5|-|-|500000",
        "X-RateLimit-Reset: 1, 1419704|-|-|-",
        "X-RateLimit-Remaining: many|-|-|-",
        "Retry-After: 17|-|17000000|-"
      })
  void headersTell(
      String header, @Nullable Long remaining, @Nullable Long retry, @Nullable Long reset) {
    headers = List.of(header);
    assertThat(ask()).isEqualTo(new Answer(true, remaining, seconds(retry), seconds(reset)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RateLimit: \"a\";r=0;t=30, \"b\";r=7;t=2|30000000",
        "RateLimit: limit=100, remaining=0, reset=5|5000000",
        "RateLimit-Reset: 4|4000000",
        "X-RateLimit-Reset: 12|12000000"
      })
  void aResetIsWhenADeniedRequestMayCome(String header, long retry) {
    status = 429;
    headers = List.of(header);
    assertThat(ask().retryAfter()).isEqualTo(seconds(retry));
  }

  private static @Nullable ToldWait seconds(@Nullable Long micros) {
    return micros == null ? null : new ToldWait(micros, 1_000_000);
  }

  @Test
  void momentsBecomeWaits() {
    long now = Instant.now().toEpochMilli();
    headers = List.of("X-RateLimit-Reset: " + (now + 3_600_000));
    assertWait(ask().resetAfter(), 1_000);
    headers = List.of("X-RateLimit-Reset: " + (now / 1_000 + 3_600));
    assertWait(ask().resetAfter(), 1_000_000);
    headers = List.of("Retry-After: " + date(3_600));
    assertWait(ask().retryAfter(), 1_000_000);
  }

  /** A server whose clock is a day behind means its own moments. */
  @Test
  void momentsAreThoseOfTheServersClock() throws Exception {
    // By hand: the JDK's server dates its answers itself.
    try (ServerSocket late = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestedUrl target = new TestedUrl(
            RequestTemplate.parse(
                "http://127.0.0.1:" + late.getLocalPort() + "/${key}", "GET", List.of()),
            Admission.BY_STATUS,
            null)) {
      CompletableFuture<Answer> answer = target.ask("a", 1);
      try (Socket connection = late.accept()) {
        connection
            .getOutputStream()
            .write(
                "HTTP/1.1 429 No\r\nContent-Length: 0\r\nDate: %s\r\nX-RateLimit-Reset: %s\r\n\r\n"
                    .formatted(date(-86_400), Instant.now().getEpochSecond() - 86_400 + 3_600)
                    .getBytes(StandardCharsets.US_ASCII));
        assertWait(answer.join().resetAfter(), 2_000_000);
      }
    }
  }

  private static String date(long aheadSeconds) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(aheadSeconds));
  }

  /** An hour, less what a slow machine takes. */
  private static void assertWait(@Nullable ToldWait wait, long unitMicros) {
    assertThat(wait).isNotNull();
    assertThat(wait.unitMicros()).isEqualTo(unitMicros);
    assertThat(wait.micros()).isBetween(3_000_000_000L, 3_600_000_000L + unitMicros);
  }

  @Test
  void manyAreUnderWayAtOnce() {
    together = new CyclicBarrier(50);
    try (TestedUrl target = get(Admission.BY_STATUS)) {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(target.ask("a", 1));
      }
      assertThat(answers).extracting(CompletableFuture::join).containsOnly(Answer.of(true));
    }
  }

  @Test
  void anothersClockIsOff() {
    try (TestedUrl target = get(Admission.BY_STATUS);
        TestedLimiter another = target.another(Duration.ofDays(-9_000)).orElseThrow()) {
      assertThat(another.ask("a", 1).join().allowed()).isTrue();
      assertThat(seen)
          .hasSize(1)
          .first()
          .asString()
          .matches("GET /check\\?key=a \\w+, .* (199|200)\\d .*");
    }
  }

  @Test
  void itsSizeIsAsked() {
    body = "17\n";
    try (TestedUrl target = new TestedUrl(
        RequestTemplate.parse(url() + "/${key}", "GET", List.of()),
        Admission.BY_STATUS,
        URI.create(url() + "/held"))) {
      assertThat(target.abilities()).contains(Ability.HELD);
      assertThat(target.held()).hasValue(17);
      assertThat(seen).containsExactly("GET /held null ");
      body = "many";
      assertThatThrownBy(target::held)
          .isInstanceOf(NoAnswerException.class)
          .hasMessage("the size URL answers 200 with 'many'; accepted: 200 with a plain number");
    }
  }

  @Test
  void saysThatNobodyIsThere() {
    server.stop(0);
    assertThatThrownBy(this::ask)
        .cause()
        .isInstanceOf(NoAnswerException.class)
        .hasMessageStartingWith("127.0.0.1:")
        .hasMessageContaining(" did not answer: ");
  }

  @Test
  void ourOwnServerIsUnderstood() throws Exception {
    Policy policy = Policy.of("default", Algorithm.GCRA, Limit.of(1, Duration.ofHours(1)));
    try (CheckServer own = CheckServer.start(
            PolicySet.of(ScopedPolicy.perKey(policy)),
            RateLimiters.inMemory(),
            ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO));
        TestedUrl target = new TestedUrl(
            RequestTemplate.parse(
                "http://127.0.0.1:" + own.port() + "/check",
                "POST {\"key\":\"${key}\"}",
                List.of()),
            Admission.BY_STATUS,
            null)) {
      assertThat(target.ask("a", 1).join())
          .isEqualTo(new Answer(true, 0L, new ToldWait(0, 1), new ToldWait(3_600_000_000L, 1)));
      Answer denied = target.ask("a", 1).join();
      assertThat(denied.allowed()).isFalse();
      assertThat(denied.retryAfter()).isEqualTo(denied.resetAfter());
    }
  }
}
