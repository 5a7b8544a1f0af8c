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
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
import org.junit.jupiter.params.provider.ValueSource;

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
    return new TestedUrl(template(url() + "/check?key=${key}", "GET"), admission, null);
  }

  private static TestedUrl byStatus(String url, String request) {
    return new TestedUrl(template(url, request), Admission.BY_STATUS, null);
  }

  private static RequestTemplate template(String url, String request) {
    return RequestTemplate.parse(url, request, List.of());
  }

  private Answer ask() {
    try (TestedUrl target = get(Admission.BY_STATUS)) {
      return target.ask("a", 1).join();
    }
  }

  @Test
  void sendsTheTemplate() {
    try (TestedUrl target =
        byStatus(url() + "/check", "POST {\"key\":\"${key}\",\"cost\":${cost}}")) {
      assertThat(target.name()).isEqualTo("127.0.0.1:" + server.getAddress().getPort());
      assertThat(target.abilities())
          .containsExactlyInAnyOrder(Ability.COST, Ability.ANOTHER, Ability.CLOCK);
      assertThat(target.ask("a\"\\ä\ud800", 3).join()).isEqualTo(Answer.of(true));
      assertThat(seen)
          .containsExactly("POST /check null {\"key\":\"a\\\"\\\\\\u00E4\\uD800\",\"cost\":3}");
    }
  }

  @ParameterizedTest
  @CsvSource({"200, true", "204, true", "429, false"})
  void theStatusTells(int told, boolean allowed) {
    status = told;
    assertThat(ask()).isEqualTo(Answer.of(allowed));
  }

  /** A server that has too much to do, or lets nobody in, has decided nothing about a rate. */
  @ParameterizedTest
  @ValueSource(ints = {403, 404, 500, 503})
  void otherStatusesAreNoAnswer(int told) {
    status = told;
    body = "no such page";
    assertThatThrownBy(this::ask)
        .cause()
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("the status %s tells no decision: no such page", told);
  }

  @Test
  void theStatusesOfADenialMayBeGiven() {
    status = 503;
    try (TestedUrl target = get(new Admission(null, Set.of(429, 503)))) {
      assertThat(target.ask("a", 1).join()).isEqualTo(Answer.of(false));
    }
  }

  @Test
  void anAdmissionIsNoDenial() {
    assertThatThrownBy(() -> new Admission(null, Set.of(200)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the status of a denial is 200; accepted: 300 to 599");
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
        "RateLimit: \"default\";r=50;t=30|50|-",
        "RateLimit: \"t=1;r=1\";r=50;t=30, \"b\";r=7;t=2|7|-",
        "RateLimit: limit=100, remaining=50, reset=5|50|-",
        "RateLimit-Remaining: 4|4|-",
        "X-RateLimit-Remaining: 4.9|4|-",
        "X-RateLimit-Remaining: many|-|-",
        "Retry-After: 17|-|17000000",
        "Retry-After: 0.5|-|500000",
        "Retry-After: 1, 2|-|-",
        "Retry-After: 1234567890|-|-"
      })
  void headersTell(String header, @Nullable Long remaining, @Nullable Long retry) {
    headers = List.of(header);
    assertThat(ask())
        .isEqualTo(new Answer(
            true, remaining, retry == null ? null : new ToldWait(retry, 1_000_000), null));
  }

  /** A bucket tells when it will be full, and a sliding window when its part ends: neither is when a request is admitted. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RateLimit: \"a\";r=0;t=30, \"b\";r=7;t=2|0",
        "RateLimit: limit=100, remaining=0, reset=5|0",
        "RateLimit-Reset: 4|",
        "X-RateLimit-Reset: 12|",
        "X-RateLimit-Reset: 4102444800|"
      })
  void aQuotasResetIsNoWait(String header, @Nullable Long remaining) {
    status = 429;
    headers = List.of(header);
    assertThat(ask()).isEqualTo(new Answer(false, remaining, null, null));
  }

  /** Whatever our clock says: a server means its own, also if it is only some seconds off. */
  @ParameterizedTest
  @ValueSource(longs = {0, 3, -3, -86_400})
  void aDateIsOneOfTheServersClock(long aheadSeconds) throws Exception {
    Answer answer = dated("Date: %s\r\nRetry-After: %s\r\n"
        .formatted(date(aheadSeconds), date(aheadSeconds + 3_600)));
    assertThat(answer.retryAfter()).isNotNull();
    assertThat(answer.retryAfter().unitMicros()).isEqualTo(2_000_000);
    // A second may begin between the two dates.
    assertThat(answer.retryAfter().micros()).isBetween(3_599_500_000L, 3_600_500_000L);
  }

  @Test
  void aDateWithoutTheServersClockTellsNothing() throws Exception {
    assertThat(dated("Retry-After: %s\r\n".formatted(date(3_600)))).isEqualTo(Answer.of(false));
  }

  /** By hand: the JDK's server dates its answers itself. */
  private static Answer dated(String fields) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestedUrl target =
            byStatus("http://127.0.0.1:" + server.getLocalPort() + "/${key}", "GET")) {
      CompletableFuture<Answer> answer = target.ask("a", 1);
      try (Socket connection = server.accept()) {
        connection
            .getOutputStream()
            .write("HTTP/1.1 429 No\r\nContent-Length: 0\r\n%s\r\n"
                .formatted(fields)
                .getBytes(StandardCharsets.US_ASCII));
        return answer.join();
      }
    }
  }

  private static String date(long aheadSeconds) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(aheadSeconds));
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
        template(url() + "/${key}", "GET"), Admission.BY_STATUS, URI.create(url() + "/held"))) {
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
        TestedUrl target =
            byStatus("http://127.0.0.1:" + own.port() + "/check", "POST {\"key\":\"${key}\"}")) {
      assertThat(target.ask("a", 1).join())
          .isEqualTo(new Answer(true, 0L, new ToldWait(0, 1), new ToldWait(3_600_000_000L, 1)));
      Answer denied = target.ask("a", 1).join();
      assertThat(denied.allowed()).isFalse();
      assertThat(denied.retryAfter()).isEqualTo(denied.resetAfter());
    }
  }
}
