package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestedScriptTest {
  private static final String COUNTER = """
      local count = redis.call('INCRBY', KEYS[1], ARGV[1])
      redis.call('PEXPIRE', KEYS[1], ARGV[2])
      return count
      """;
  private final Setup setup =
      new Setup(new Limit(3, 1_500_000, 4), url(), "conform*[a]" + UUID.randomUUID() + ":");

  private static String url() {
    String given = System.getenv(RunningRedis.TEST_URL);
    return given == null ? TestRedis.address().toString() : given;
  }

  @BeforeAll
  static void requireOneServer() {
    assumeFalse(
        TestRedis.lettuce().clustered(),
        "a script of others is asked of one server, and conform says so of a cluster");
  }

  private TestedScript script(String text, List<String> arguments, String reply) {
    return TestedScript.connect(
        ScriptTemplate.parse("test.lua", text, List.of("${namespace}${key}"), arguments, reply),
        setup,
        () -> 1_700_000_000_999_999L);
  }

  private TestedScript counter() {
    return script(COUNTER, List.of("${cost}", "60000"), "allowed=reply<=${limit}");
  }

  @AfterEach
  void clean() {
    try (TestedScript script = script(
        "for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', k) end",
        List.of(setup.namespace().replace("*", "\\*").replace("[", "\\[") + "*"),
        "reply")) {
      script.ask("", 1).join();
    }
  }

  @Test
  void asks() {
    try (TestedScript script = counter();
        TestedLimiter another = script.another(Duration.ZERO).orElseThrow()) {
      assertThat(script.name()).isEqualTo("test.lua");
      assertThat(script.abilities())
          .containsExactlyInAnyOrder(Ability.COST, Ability.ANOTHER, Ability.HELD);
      assertThat(script.held()).hasValue(0);
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        answers.add(script.ask("ä☃\n", 1));
      }
      assertThat(answers.stream().filter(answer -> answer.join().allowed())).hasSize(3);
      assertThat(another.ask("ä☃\n", 1).join().allowed()).isFalse();
      assertThat(another.ask("b", 3).join().allowed()).isTrue();
      assertThat(script.held()).hasValue(2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "${limit} ${burst}|3 4",
        "${window_s} ${window_ms} ${window_us} ${rate_per_s}|1.5 1500 1500000 2",
        "${now_s} ${now_ms} ${now_us}|1700000000 1700000000999 1700000000999999",
        "{${key}}.${cost}|{a$1}.7"
      })
  void fillsTheTemplates(String template, String filled) {
    try (TestedScript script =
        script("return ARGV[1]", List.of(template), "allowed=reply=='%s'".formatted(filled))) {
      assertThat(script.ask("a$1", 7).join().allowed()).isTrue();
    }
  }

  @Test
  void oneRandomWordIsNotAnother() {
    try (TestedScript script =
        script("return redis.call('SADD', KEYS[1], ARGV[1])", List.of("${random}"), "reply")) {
      for (int i = 0; i < 5; i++) {
        assertThat(script.ask("a", 1).join().allowed()).isTrue();
      }
    }
  }

  @Test
  void anothersClockIsOff() {
    try (TestedScript script =
            script("return {1, ARGV[1]}", List.of("${now_s}"), "[0], remaining=[1]");
        TestedLimiter another = script.another(Duration.ofHours(-1)).orElseThrow()) {
      assertThat(script.abilities()).contains(Ability.CLOCK).doesNotContain(Ability.COST);
      assertThat(script.ask("a", 1).join().remaining()).isEqualTo(1_700_000_000);
      assertThat(another.ask("a", 1).join().remaining()).isEqualTo(1_700_000_000 - 3_600);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      nullValues = "-",
      value = {
        // redis-cell: limited, limit, remaining, retry after (-1 if admitted), reset after.
        "{0, 16, 15, -1, 2}|allowed=[0]==0,remaining=[2],retryAfterS=[3],resetAfterS=[4]|true|15|-|2000000",
        "{1, 16, 0, 2, 32}|allowed=[0]==0,remaining=[2],retryAfterS=[3],resetAfterS=[4]|false|0|2000000|32000000",
        // Spring Cloud Gateway: allowed, tokens.
        "{1, 9}|allowed=[0]==1, remaining=[1]|true|9|-|-",
        // Redisson: nil, or the wait.
        "nil|allowed=reply==nil, retryAfterMs=reply|true|-|-|-",
        "250|allowed=reply==nil, retryAfterMs=reply|false|-|250000|-",
        "{{'1', '2.9'}, '1.5'}|allowed=[0][0], remaining=[0][1], resetAfterMs=[1]|true|2|-|1500",
        "{1, 17}|allowed=[0]!=1, retryAfterUs=[1]|false|-|17|-",
        "{1}|allowed=[0], remaining=[7]|true|-|-|-",
        "{}|[0]!=nil|false|-|-|-",
        "0|reply|false|-|-|-",
        "''|reply|false|-|-|-",
        "'false'|reply|false|-|-|-",
        "false|reply|false|-|-|-",
        "true|reply|true|-|-|-",
        "{ok='yes'}|reply=='yes'|true|-|-|-",
        "{ok='no'}|reply!='yes'|true|-|-|-",
        "'3.5'|reply>3|true|-|-|-",
        "-3|reply<-3|false|-|-|-",
        "-3|reply>=-3|true|-|-|-"
      })
  void readsTheReply(
      String lua,
      String expression,
      boolean allowed,
      @Nullable Long remaining,
      @Nullable Long retry,
      @Nullable Long reset) {
    try (TestedScript script = script("return " + lua, List.of(), expression)) {
      Answer answer = script.ask("a", 1).join();
      assertThat(answer.allowed()).isEqualTo(allowed);
      assertThat(answer.remaining()).isEqualTo(remaining);
      assertThat(micros(answer.retryAfter())).isEqualTo(retry);
      assertThat(micros(answer.resetAfter())).isEqualTo(reset);
    }
  }

  private static @Nullable Long micros(@Nullable ToldWait wait) {
    return wait == null ? null : (Long) wait.micros();
  }

  @Test
  void aWaitIsToldInTheUnitOfItsName() {
    try (TestedScript script =
        script("return {1, 2, 3}", List.of(), "[0], retryAfterUs=[1], resetAfterS=[2]")) {
      assertThat(script.ask("a", 1).join())
          .isEqualTo(
              new Answer(true, null, new ToldWait(2, 1), new ToldWait(3_000_000, 1_000_000)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "return 1|allowed=[0]==1|the script replied 1, which has not [0]",
        "return {'x', {2}}|[0]==1|the script replied ['x', [2]], which has not a number where allowed is",
        "return {1, 'x'}|[0], remaining=[1]|the script replied [1, 'x'], which has not a number where remaining is",
        "return {err='WRONG no'}|reply|test.lua did not answer: WRONG no",
        "return redis.call('GET')|reply|test.lua did not answer: ERR"
      })
  void saysWhyThereIsNoAnswer(String lua, String expression, String why) {
    try (TestedScript script = script(lua, List.of(), expression)) {
      assertThatThrownBy(script.ask("a", 1)::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(NoAnswerException.class)
          .hasMessageStartingWith(why);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "${namespace}|1|reply|no ${key} in KEYS or ARGV: all keys would be one",
        "${key}|${now}|reply|unknown ${now} in '${now}'; accepted: ${key}, ${namespace}, ${cost}, ${now_s},",
        "${key}|1|reply==${now_s}|unknown ${now_s} in 'reply==${now_s}'; accepted: ${limit}, ${burst},",
        "${key}|1|remaining=[0]|the reply is read by 'remaining=[0]'; accepted: allowed=[0]==1,",
        "${key}|1|[0],[1]|the reply is read by '[0],[1]'; accepted:",
        "${key}|1|[0],remaining=[1]==2|the reply is read by '[0],remaining=[1]==2'; accepted:",
        "${key}|1|x|the reply is read by 'x'; accepted:"
      })
  void saysWhatIsWrong(String key, String argument, String reply, String problem) {
    assertThatThrownBy(() -> ScriptTemplate.parse("x", "", List.of(key), List.of(argument), reply))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(problem);
  }

  @Test
  void saysThatNoRedisIsThere() {
    ScriptTemplate template = ScriptTemplate.parse("x", "", List.of("${key}"), List.of(), "reply");
    Setup away = new Setup(setup.limit(), "redis://127.0.0.1:1", "n");
    assertThatThrownBy(() -> TestedScript.connect(template, away))
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("redis://127.0.0.1:1 does not answer as a Redis");
    Setup nowhere = new Setup(setup.limit(), "", "n");
    assertThatThrownBy(() -> TestedScript.connect(template, nowhere))
        .hasMessageStartingWith("the Redis URL does not begin with redis://");
  }

  @Test
  void aKeyThatIsNoTextIsRefused() {
    try (TestedScript script = counter()) {
      assertThatThrownBy(script.ask("\ud800", 1)::join)
          .hasRootCauseMessage("the key is no text in UTF-8, so no template can hold it");
    }
  }
}
