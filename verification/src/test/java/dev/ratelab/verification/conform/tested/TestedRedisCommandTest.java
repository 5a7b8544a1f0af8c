package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.oracle.OracleRule;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The calls and replies as the documents tell them, from {@link CommandsOnlyServer}; and from a real server where it has the command. */
class TestedRedisCommandTest {
  private static final long HOUR = 3_600_000_000L;
  private static final Limit LIMIT = new Limit(5, HOUR, 3);

  private final AtomicLong micros = new AtomicLong();

  @ParameterizedTest
  @CsvSource({
    "increx, 'Redis has it from 8.8 on, Valkey from 9.2 on'",
    "cl.throttle, the module redis-cell has it"
  })
  void aServerWithoutTheCommandIsToldInOneSentence(String command, String origin) {
    assumeThat(realOrNull(command)).isNull();

    assertThatThrownBy(() -> TestedRedisCommand.connect(command, setup(TestRedis.address())))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageMatching("redis://.+:\\d+ \\(redis [\\d.]+\\) has no command \\Q%s: %s\\E"
            .formatted(command, origin));
  }

  @Test
  void increxIsAWindowThatTheFirstRequestBegins() throws Exception {
    try (CommandsOnlyServer server = new CommandsOnlyServer("increx", increx(5, HOUR));
        TestedLimiter tested = TestedRedisCommand.connect("increx", setup(server.address()))) {
      assertThat(tested.name()).isEqualTo("increx of redis 8.8.0");
      increxWithinAWindow(tested);
      assertThat(server.calls.get(1)).endsWith("BYINT", "3", "UBOUND", "5", "PX", "3600000", "ENX");
      micros.set(HOUR - 1);
      assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(false, 0L, null, null));
      micros.set(HOUR);
      assertThat(ask(tested, "a", 5)).isEqualTo(new Answer(true, 0L, null, null));
    }
  }

  @Test
  void throttleIsATokenBucketThatTellsSeconds() throws Exception {
    try (CommandsOnlyServer server = new CommandsOnlyServer("cl.throttle", throttle(5, HOUR, 3));
        TestedLimiter tested = TestedRedisCommand.connect("cl.throttle", setup(server.address()))) {
      throttleAtOnce(tested);
      assertThat(server.calls.get(1)).endsWith("2", "5", "3600", "2");
      micros.set(HOUR / 5 - 1_000);
      assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(false, 0L, seconds(1), seconds(1_441)));
      micros.set(HOUR / 5);
      assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(true, 0L, null, seconds(2_160)));
    }
  }

  @Test
  void aRealServersIncrexDoesTheSame() throws Exception {
    try (TestedRedisCommand tested = realOrNull("increx")) {
      assumeThat(tested).as("a server with INCREX, by RATELAB_REDIS_URL").isNotNull();
      increxWithinAWindow(tested);
    }
  }

  @Test
  void aRealServersThrottleDoesTheSame() throws Exception {
    try (TestedRedisCommand tested = realOrNull("cl.throttle")) {
      assumeThat(tested).as("a server with redis-cell, by RATELAB_REDIS_URL").isNotNull();
      throttleAtOnce(tested);
      assertThat(tested.held()).hasValue(2);
    }
  }

  private static void increxWithinAWindow(TestedLimiter tested) throws Exception {
    assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(true, 4L, null, null));
    assertThat(ask(tested, "a", 3)).isEqualTo(new Answer(true, 1L, null, null));
    assertThat(ask(tested, "a", 2)).isEqualTo(new Answer(false, 1L, null, null));
    assertThat(ask(tested, "b", 6)).isEqualTo(new Answer(false, 5L, null, null));
    try (TestedLimiter another = tested.another(Duration.ZERO).orElseThrow()) {
      assertThat(ask(another, "a", 1)).isEqualTo(new Answer(true, 0L, null, null));
    }
    assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(false, 0L, null, null));
    assertThat(ask(tested, "ä", 1)).isEqualTo(new Answer(true, 4L, null, null));
  }

  /** A request comes back in 720 seconds, and all three in 2,160: whole seconds do not show how long the test takes. */
  private static void throttleAtOnce(TestedLimiter tested) throws Exception {
    assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(true, 2L, null, seconds(720)));
    assertThat(ask(tested, "a", 2)).isEqualTo(new Answer(true, 0L, null, seconds(2_160)));
    assertThat(ask(tested, "a", 1)).isEqualTo(new Answer(false, 0L, seconds(720), seconds(2_160)));
    // It can never be admitted, and no wait is told.
    assertThat(ask(tested, "b", 4)).isEqualTo(new Answer(false, 3L, null, seconds(0)));
    try (TestedLimiter another = tested.another(Duration.ZERO).orElseThrow()) {
      assertThat(ask(another, "a", 2))
          .isEqualTo(new Answer(false, 0L, seconds(1_440), seconds(2_160)));
    }
    assertThat(ask(tested, "ä", 3)).isEqualTo(new Answer(true, 0L, null, seconds(2_160)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-ERR syntax error\r\n", "*1\r\n:1\r\n", "*2\r\n:3\r\n:2\r\n", ":1\r\n"})
  void aReplyThatNoDocumentTellsOfIsNoAnswer(String reply) throws IOException {
    try (CommandsOnlyServer server = new CommandsOnlyServer("increx", arguments -> reply);
        TestedLimiter tested = TestedRedisCommand.connect("increx", setup(server.address()))) {
      assertThatThrownBy(() -> ask(tested, "a", 1))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(NoAnswerException.class);
    }
  }

  @Test
  void whatCannotBeAskedForIsRefused() {
    Setup odd = new Setup(new Limit(5, 1_500_000, 5), "redis://127.0.0.1:1", "");
    assertThatThrownBy(() -> TestedRedisCommand.connect("cl.throttle", odd))
        .hasMessage("the window is 1500ms; accepted for cl.throttle: whole seconds");
    assertThatThrownBy(() -> TestedRedisCommand.connect("gcra", odd))
        .hasMessage("there is no command 'gcra'; accepted: increx, cl.throttle");
    assertThatThrownBy(() -> TestedRedisCommand.connect("increx", odd))
        .hasMessage("redis://127.0.0.1:1 does not answer as a Redis");
  }

  private static Answer ask(TestedLimiter tested, String key, long cost) throws Exception {
    return tested.ask(key, cost).get();
  }

  private static ToldWait seconds(long seconds) {
    return new ToldWait(seconds * 1_000_000, 1_000_000);
  }

  private static Setup setup(RedisAddress address) {
    return new Setup(
        LIMIT,
        "redis://%s:%s".formatted(address.host(), address.port()),
        "conform:" + UUID.randomUUID() + ":");
  }

  private static @Nullable TestedRedisCommand realOrNull(String command) {
    try {
      return TestedRedisCommand.connect(command, setup(TestRedis.address()));
    } catch (NoAnswerException e) {
      return null;
    }
  }

  private Function<List<String>, String> increx(long permits, long window) {
    Map<String, Oracle> keys = new HashMap<>();
    OracleRule rule = new OracleRule(permits, window, permits);
    return arguments -> {
      Oracle key = keys.computeIfAbsent(arguments.get(0), any -> Oracle.of("increx", rule));
      long cost = Long.parseLong(arguments.get(2));
      boolean fits =
          key.remaining(micros.get()) >= cost && key.check(micros.get(), cost).allowed();
      return array(permits - key.remaining(micros.get()), fits ? cost : 0);
    };
  }

  private Function<List<String>, String> throttle(long permits, long window, long burst) {
    Map<String, Oracle> keys = new HashMap<>();
    OracleRule rule = new OracleRule(permits, window, burst);
    return arguments -> {
      Oracle key = keys.computeIfAbsent(arguments.get(0), any -> Oracle.of("cl.throttle", rule));
      long cost = Long.parseLong(arguments.get(4));
      boolean never = cost > burst;
      OracleAnswer told = never ? key.look(micros.get(), 1) : key.check(micros.get(), cost);
      return array(
          told.allowed() && !never ? 0 : 1,
          burst,
          told.remaining(),
          told.allowed() || never ? -1 : rounded(told.retryAfter()),
          rounded(told.resetAfter()));
    };
  }

  /** Up to the next second, from a millisecond over one on. */
  private static long rounded(long micros) {
    return (micros + 999_000) / 1_000_000;
  }

  private static String array(long... values) {
    StringBuilder reply = new StringBuilder("*" + values.length + "\r\n");
    for (long value : values) {
      reply.append(":").append(value).append("\r\n");
    }
    return reply.toString();
  }
}
