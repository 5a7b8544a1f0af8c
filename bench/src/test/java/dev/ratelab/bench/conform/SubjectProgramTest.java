package dev.ratelab.bench.conform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ratelab.bench.Environment;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SubjectProgramTest {
  private static final int PERMITS = 20;
  private static final int KEYS = 100;

  /** The lock of a JVM hides from two of its clients what two processes show. */
  @Test
  void twoProcessesShowARaceThatALockHidesWithinOne() {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Setup setup =
          new Setup(Limit.of(PERMITS, Duration.ofHours(1)), redis.address().toString(), "locked:");
      try (TestedLimiter first = new LockedLimiter(setup)) {
        try (TestedLimiter second = new LockedLimiter(setup)) {
          assertThat(most(first, second, "one-")).isEqualTo(PERMITS);
        }
        try (TestedLimiter second =
            TestedProgram.start(Environment.java(LockedLimiter.class), Path.of("."), setup)) {
          assertThat(most(first, second, "two-")).isGreaterThan(PERMITS);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource
  void aFailureThatSaysNothingIsToldByItsClass(Throwable failure, String told) throws Exception {
    TestedLimiter failing = new TestedLimiter() {
      @Override
      public String name() {
        return "failing";
      }

      @Override
      public Set<Ability> abilities() {
        return Set.of();
      }

      @Override
      public CompletableFuture<Answer> ask(String key, long cost) {
        return CompletableFuture.failedFuture(failure);
      }

      @Override
      public void close() {}
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    SubjectProgram.serve(
        failing,
        new ByteArrayInputStream("{\"id\":1,\"key\":\"a\",\"cost\":1}\n".getBytes(UTF_8)),
        new PrintStream(out, true, UTF_8));

    assertThat(out.toString(UTF_8)).contains("\"error\":\"" + told + "\"");
  }

  static Stream<Arguments> aFailureThatSaysNothingIsToldByItsClass() {
    return Stream.of(
        arguments(new IOException(), "IOException"),
        arguments(new CompletionException(null, null), "CompletionException"));
  }

  /** The most that two instances admit of one key when both are asked at once. */
  private static long most(TestedLimiter first, TestedLimiter second, String name) {
    long most = 0;
    for (int i = 0; i < KEYS && most <= PERMITS; i++) {
      String key = name + i;
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int j = 0; j < 2 * PERMITS; j++) {
        answers.add(second.ask(key, 1));
        answers.add(CompletableFuture.supplyAsync(
            () -> first.ask(key, 1).join(), task -> new Thread(task).start()));
      }
      most = Math.max(
          most, answers.stream().filter(answer -> answer.join().allowed()).count());
    }
    return most;
  }
}
