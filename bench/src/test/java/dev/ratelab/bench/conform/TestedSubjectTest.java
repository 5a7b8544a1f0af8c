package dev.ratelab.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestedSubjectTest {
  private static final int PERMITS = 5;

  // So long that nothing comes back while a slow machine asks.
  private static final Limit LIMIT = Limit.of(PERMITS, Duration.ofHours(1));
  private static final List<String> WITHOUT_A_BURST =
      List.of("guava@memory", "failsafe-smooth@memory");

  @AutoClose
  private static final RunningRedis REDIS = RunningRedis.open("embedded");

  static List<String> all() {
    return TestedSubject.accepted();
  }

  static List<String> remote() {
    return all().stream().filter(id -> id.contains("@redis")).toList();
  }

  @ParameterizedTest
  @MethodSource("all")
  void eachAdmitsItsBurstUnderItsOwnName(String id) {
    try (TestedLimiter limiter = open(id)) {
      assertThat(limiter.name()).isEqualTo(id);
      assertThat(allowed(limiter, "alice", PERMITS + 3))
          .isEqualTo(WITHOUT_A_BURST.contains(id) ? 1 : PERMITS);
      assertThat(allowed(limiter, "", 1)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void costsCountWhereTheyAreTaken(String id) {
    try (TestedLimiter limiter = open(id)) {
      if (limiter.abilities().contains(Ability.COST) && !WITHOUT_A_BURST.contains(id)) {
        assertThat(ask(limiter, "alice", PERMITS - 1).allowed()).isTrue();
        assertThat(ask(limiter, "alice", PERMITS).allowed()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("remote")
  void aSecondInstanceGoesOnWithTheSameState(String id) {
    TestedSubject.Opening opening = new TestedSubject.Opening(
        TestedSubject.parse(id),
        LIMIT,
        REDIS.address().toString(),
        "ratelab-test-" + UUID.randomUUID(),
        Duration.ZERO);
    try (TestedLimiter first = TestedSubject.open(opening)) {
      assertSharesItsState(first, TestedSubject.open(opening));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sliding-window-buckets@redis/lettuce", "bucket4j@redis/jedis", "redisson@redis"})
  void aSecondInstanceIsAnotherProcessWithTheSameState(String id) {
    try (TestedLimiter first = open(id)) {
      TestedLimiter second = first.another(Duration.ZERO).orElseThrow();
      assertThat(second).isInstanceOf(TestedProgram.class);
      assertSharesItsState(first, second);
    }
  }

  @ParameterizedTest
  @MethodSource("remote")
  void itTellsForHowManyKeysRedisHoldsState(String id) {
    try (TestedLimiter limiter = open(id)) {
      assertThat(limiter.held()).hasValue(0);
      for (int i = 0; i < 30; i++) {
        ask(limiter, "user" + i % 20, 1);
      }
      assertThat(limiter.held()).hasValue(20);
    }
  }

  @Test
  void oursTellWhatADecisionCarries() {
    for (String id : List.of("gcra@memory", "gcra@redis/lettuce", "gcra@redis/jedis")) {
      try (TestedLimiter limiter = open(id)) {
        assertThat(ask(limiter, "alice", 1).remaining()).isEqualTo(PERMITS - 1);
        Answer denied = ask(limiter, "alice", PERMITS);
        assertThat(denied.retryAfter()).isNotNull().satisfies(wait -> {
          assertThat(wait.micros()).isBetween(1L, LIMIT.windowMicros() / PERMITS);
          assertThat(wait.unitMicros()).isEqualTo(1);
        });
        assertThat(denied.resetAfter()).isNotNull();
        assertThat(limiter.held()).hasValue(1);
      }
    }
  }

  @Test
  void bucket4jTellsWhatItsVerboseCallsReturn() {
    for (String id : List.of("bucket4j@memory", "bucket4j@redis/lettuce", "bucket4j@redis/jedis")) {
      try (TestedLimiter limiter = open(id)) {
        assertThat(ask(limiter, "alice", PERMITS).remaining()).isZero();
        assertThat(ask(limiter, "alice", 1).retryAfter())
            .isNotNull()
            .satisfies(
                wait -> assertThat(wait.micros()).isBetween(1L, LIMIT.windowMicros() / PERMITS));
      }
    }
  }

  @Test
  void theClockOfABucket4jInstanceDecides() {
    try (TestedLimiter first = open("bucket4j@redis/lettuce");
        TestedLimiter ahead = first.another(Duration.ofHours(2)).orElseThrow()) {
      assertThat(first.abilities()).contains(Ability.CLOCK);
      assertThat(allowed(first, "alice", PERMITS + 1)).isEqualTo(PERMITS);
      assertThat(allowed(ahead, "alice", PERMITS + 1)).isEqualTo(PERMITS);
    }
  }

  @Test
  void theServersClockDecidesOurs() {
    try (TestedLimiter first = open("gcra@redis/lettuce");
        TestedLimiter ahead = first.another(Duration.ofHours(2)).orElseThrow()) {
      assertThat(allowed(first, "alice", PERMITS + 1)).isEqualTo(PERMITS);
      assertThat(allowed(ahead, "alice", PERMITS + 1)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcra@redis/lettuce", "bucket4j@redis/jedis", "redisson@redis"})
  void aRedisThatIsGoneGivesNoAnswer(String id) {
    RunningRedis broken = RunningRedis.open("embedded");
    try (TestedLimiter limiter =
        TestedSubject.open(TestedSubject.parse(id), LIMIT, broken.address().toString())) {
      ask(limiter, "alice", 1);
      broken.close();
      CompletableFuture<Answer> answer = limiter.ask("alice", 1);
      assertThatThrownBy(answer::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(NoAnswerException.class)
          .hasMessageContaining(limiter.name() + " did not decide: ");
    }
  }

  @Test
  void theClientIsLeftOutWhereThereIsOne() {
    assertThat(TestedSubject.parse("gcra@memory")).isEqualTo(new Subject("gcra", "memory", "none"));
    assertThat(TestedSubject.parse("redisson@redis").client()).isEqualTo("redisson");
    assertThat(TestedSubject.parse("redisson@redis/redisson").client()).isEqualTo("redisson");
    assertThat(TestedSubject.parse("spring-cloud-gateway@redis").client()).isEqualTo("lettuce");
  }

  @Test
  void whatIsNotThereIsAnsweredWithWhatIs() {
    assertThatThrownBy(() -> TestedSubject.parse("bucket5j@memory"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'bucket5j@memory' is no built-in limiter; accepted: fixed-window@")
        .hasMessageContainingAll("bucket4j@memory", "gcra@redis/lettuce", "guava@memory");
    assertThatThrownBy(() -> TestedSubject.parse("gcra@redis"))
        .hasMessageStartingWith("'gcra@redis' is there over several clients; accepted: ");
  }

  @Test
  void withoutARedisItSaysSo() {
    for (String id : List.of("gcra@redis/jedis", "redisson@redis")) {
      assertThatThrownBy(() -> TestedSubject.open(TestedSubject.parse(id), LIMIT, null))
          .isInstanceOf(NoAnswerException.class)
          .hasMessageContaining("this run has no Redis");
    }
  }

  private static void assertSharesItsState(TestedLimiter first, TestedLimiter second) {
    try (second) {
      assertThat(allowed(first, "alice", 3) + allowed(second, "alice", PERMITS)).isEqualTo(PERMITS);
    }
    assertThat(ask(first, "alice", 1).allowed()).as("after the second has gone").isFalse();
  }

  private static TestedLimiter open(String id) {
    return TestedSubject.open(TestedSubject.parse(id), LIMIT, REDIS.address().toString());
  }

  private static Answer ask(TestedLimiter limiter, String key, long cost) {
    return limiter.ask(key, cost).join();
  }

  private static int allowed(TestedLimiter limiter, String key, int times) {
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      answers.add(ask(limiter, key, 1));
    }
    return (int) answers.stream().filter(Answer::allowed).count();
  }
}
