package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.conform.CountedWindow.Renewal;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.oracle.OracleRule;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the limiters of the proof do, on a clock of the test: the right ones what the oracle does, the others what their names say. */
class FaultyLimiterTest {
  private static final long WINDOW = 1_000_000;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<FaultyLimiter> running = new ArrayList<>();

  /** The beginning of a window. */
  private final AtomicLong now = new AtomicLong(1_800_000_000 * WINDOW);

  @AfterEach
  void stop() {
    running.forEach(FaultyLimiter::close);
  }

  @ParameterizedTest
  @EnumSource
  void aRightOneDecidesAsTheOracle(Algorithm algorithm) throws Exception {
    LimiterBehaviour right = LimiterBehaviour.right(algorithm);
    OracleRule rule = right.promised(10, WINDOW);
    Oracle oracle = Oracle.of(algorithm.id(), rule);
    String limiter = start(right);
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      now.addAndGet(random.nextInt((int) WINDOW / 8));
      long cost = 1L + random.nextInt(3);
      JsonNode told = ask(limiter, "a", cost);
      OracleAnswer answer = oracle.check(now.get(), cost);
      assertThat(told.get("allowed").booleanValue()).isEqualTo(answer.allowed());
      assertThat(told.get("remaining").longValue()).isEqualTo(answer.remaining());
      assertThat(micros(told, "retryAfterMs")).isEqualTo(answer.retryAfter());
      assertThat(micros(told, "resetAfterMs")).isEqualTo(answer.resetAfter());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRightOneForgetsWhatIsOver(Algorithm algorithm) throws Exception {
    String limiter = start(LimiterBehaviour.right(algorithm));
    ask(limiter, "a");
    assertThat(held(limiter)).isEqualTo(1);
    now.addAndGet(2 * WINDOW);
    assertThat(held(limiter)).isZero();
  }

  @Test
  void aCountThatExpiresIsAWindowFromTheFirstRequest() {
    CountedWindow state = new CountedWindow(new OracleRule(2, WINDOW, 2), Renewal.BY_NONE);
    assertThat(state.check(100, 1).allowed()).isTrue();
    assertThat(state.check(WINDOW, 1).allowed()).isTrue();
    assertThat(state.check(WINDOW + 99, 1).allowed()).isFalse();
    assertThat(state.check(WINDOW + 100, 1).allowed()).isTrue();
  }

  /** Of 20 at one instant. */
  @ParameterizedTest
  @CsvSource({
    "ONE_TOO_MANY, 11",
    "LOSES_COUNTS, 13",
    "SMALL_BURST_KEEPS_NO_STATE, 20",
    "ONE_TOO_FEW, 9",
    "CHECK_THEN_ACT, 10"
  })
  void atOneInstantSoManyAreAdmitted(ConformFault fault, int number) throws Exception {
    assertThat(admitted(start(fault), 20)).isEqualTo(number);
  }

  /** So long after a window's begin all at one instant, a pause, and how many are admitted then. */
  @ParameterizedTest
  @CsvSource({
    "HALF_A_WINDOW, 0, 500_000, 10",
    "DOUBLE_RATE, 0, 500_000, 10",
    "DROPS_AN_OLD_HALF, 499_999, 500_001, 10",
    "EXPIRES_AFTER_A_SIXTH, 0, 166_666, 10",
    "EXPIRES_HALF_DRAINED, 0, 500_000, 10",
    "A_DENIAL_BLOCKS, 0, 59_000_000, 0"
  })
  void afterAPauseSoManyAreAdmitted(ConformFault fault, String begin, String pause, int number)
      throws Exception {
    now.addAndGet(micros(begin));
    String limiter = start(fault);
    assertThat(admitted(limiter, 11)).isEqualTo(10);
    now.addAndGet(micros(pause));
    assertThat(admitted(limiter, 20)).isEqualTo(number);
  }

  /** Of 20 at one instant, each of cost 6. */
  @ParameterizedTest
  @CsvSource({"COST_IS_IGNORED, 10", "ONE_PERMIT_ADMITS_ANY_COST, 2"})
  void soManyOfALargerCostAreAdmitted(ConformFault fault, int number) throws Exception {
    String limiter = start(fault);
    int admitted = 0;
    for (int i = 0; i < 20; i++) {
      admitted += ask(limiter, "a", 6).get("allowed").booleanValue() ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(number);
  }

  @ParameterizedTest
  @CsvSource({
    "RETRY_NOW, retryAfterMs, 0",
    "RETRY_AFTER_A_WHOLE_WINDOW, retryAfterMs, 1_000_000",
    "RESET_IN_HALF_THE_TIME, resetAfterMs, 500_000"
  })
  void theFirstDenialTellsThisWait(ConformFault fault, String field, String micros)
      throws Exception {
    assertThat(micros(denied(fault), field)).isEqualTo(micros(micros));
  }

  @ParameterizedTest
  @CsvSource({
    "KEYS_IN_LOWER_CASE, ALICE, alice",
    "KEYS_CUT_AT_64, kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkka, kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkb",
    "KEYS_IN_ASCII, a\u00e9, a\u4e16",
    "KEYS_END_AT_A_COLON, a:b, a:c"
  })
  void theseKeysAreOne(ConformFault fault, String one, String other) throws Exception {
    String limiter = start(fault);
    for (int i = 0; i < 10; i++) {
      ask(limiter, one);
    }
    assertThat(ask(limiter, other).get("allowed").booleanValue()).isFalse();
    assertThat(ask(limiter, "quite another").get("allowed").booleanValue()).isTrue();
  }

  @Test
  void fixedWindowForALog() throws Exception {
    now.addAndGet(WINDOW - 1);
    String limiter = start(ConformFault.FIXED_WINDOW_FOR_A_LOG);
    assertThat(admitted(limiter, 20)).isEqualTo(10);
    now.incrementAndGet();
    assertThat(admitted(limiter, 20)).isEqualTo(10);
  }

  @Test
  void admittedProlongsTheWindow() throws Exception {
    String limiter = start(ConformFault.ADMITTED_PROLONGS_THE_WINDOW);
    int steady = 0;
    for (int i = 0; i < 14; i++) {
      steady += admitted(limiter, 1);
      now.addAndGet(WINDOW / 7);
    }
    assertThat(steady).isEqualTo(10);
  }

  @Test
  void deniedIsLogged() throws Exception {
    String limiter = start(ConformFault.DENIED_IS_LOGGED);
    assertThat(admitted(limiter, 10)).isEqualTo(10);
    now.addAndGet(WINDOW / 2);
    assertThat(admitted(limiter, 10)).isZero();
    now.addAndGet(WINDOW / 2);
    assertThat(admitted(limiter, 10)).isZero();
  }

  @Test
  void deniedProlongsTheWindow() throws Exception {
    String limiter = start(ConformFault.DENIED_PROLONGS_THE_WINDOW);
    assertThat(admitted(limiter, 10)).isEqualTo(10);
    now.addAndGet(WINDOW / 2);
    assertThat(admitted(limiter, 1)).isZero();
    now.addAndGet(WINDOW / 2);
    assertThat(admitted(limiter, 1)).isZero();
    now.addAndGet(WINDOW);
    assertThat(admitted(limiter, 1)).isEqualTo(1);
  }

  @Test
  void checkThenAct() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> racing = new ArrayList<>();
    String limiter = start(ConformFault.CHECK_THEN_ACT);
    for (int i = 0; i < 100; i++) {
      racing.add(http.sendAsync(request(limiter, "a", 1).build(), BodyHandlers.ofString()));
    }
    long raced = racing.stream().filter(one -> one.join().statusCode() == 200).count();
    assertThat(raced).isGreaterThan(10);
  }

  @Test
  void oneMoreRemains() throws Exception {
    assertThat(denied(ConformFault.ONE_MORE_REMAINS).get("remaining").intValue())
        .isEqualTo(1);
  }

  @Test
  void oneFewerRemains() throws Exception {
    JsonNode first = ask(start(ConformFault.ONE_FEWER_REMAINS), "a");
    assertThat(first.get("remaining").intValue()).isEqualTo(8);
  }

  @Test
  void callersDateIsTheClock() throws Exception {
    String limiter = start(ConformFault.CALLERS_DATE_IS_THE_CLOCK);
    admitted(limiter, 10);
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
        Instant.ofEpochSecond(now.get() / WINDOW + 3600).atOffset(ZoneOffset.UTC));
    HttpRequest ahead = request(limiter, "a", 1).header("Date", date).build();
    assertThat(http.send(ahead, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void keepsEveryKey() throws Exception {
    String limiter = start(ConformFault.KEEPS_EVERY_KEY);
    admitted(limiter, 10);
    now.addAndGet(100 * WINDOW);
    assertThat(held(limiter)).isEqualTo(1);
    assertThat(admitted(limiter, 20)).isEqualTo(10);
  }

  @Test
  void failsWhereItDenies() throws Exception {
    String limiter = start(ConformFault.FAILS_WHERE_IT_DENIES);
    assertThat(admitted(limiter, 10)).isEqualTo(10);
    HttpRequest request = request(limiter, "a", 1).build();
    assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(500);
  }

  /** What is told of the first denial. */
  private JsonNode denied(ConformFault fault) throws Exception {
    String limiter = start(fault);
    assertThat(admitted(limiter, 10)).isEqualTo(10);
    JsonNode told = ask(limiter, "a");
    assertThat(told.get("allowed").booleanValue()).isFalse();
    return told;
  }

  private String start(LimiterBehaviour behaviour) throws IOException {
    FaultyLimiter limiter =
        FaultyLimiter.start(behaviour, behaviour.promised(10, WINDOW), now::get);
    running.add(limiter);
    return limiter.url();
  }

  private int admitted(String limiter, int times) throws Exception {
    int admitted = 0;
    for (int i = 0; i < times; i++) {
      admitted += ask(limiter, "a").get("allowed").booleanValue() ? 1 : 0;
    }
    return admitted;
  }

  private JsonNode ask(String limiter, String key) throws Exception {
    return ask(limiter, key, 1);
  }

  private JsonNode ask(String limiter, String key, long cost) throws Exception {
    HttpResponse<String> response =
        http.send(request(limiter, key, cost).build(), BodyHandlers.ofString());
    JsonNode told = JsonMapper.shared().readTree(response.body());
    assertThat(response.statusCode()).isEqualTo(told.get("allowed").booleanValue() ? 200 : 429);
    return told;
  }

  private static HttpRequest.Builder request(String limiter, String key, long cost) {
    String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8);
    return HttpRequest.newBuilder(
        URI.create("%s/check?key=%s&cost=%s".formatted(limiter, encoded, cost)));
  }

  private long held(String limiter) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(limiter + "/held")).build();
    return Long.parseLong(http.send(request, BodyHandlers.ofString()).body());
  }

  private static long micros(String text) {
    return Long.parseLong(text.replace("_", ""));
  }

  private static long micros(JsonNode told, String field) {
    return told.get(field).decimalValue().movePointRight(3).longValueExact();
  }
}
