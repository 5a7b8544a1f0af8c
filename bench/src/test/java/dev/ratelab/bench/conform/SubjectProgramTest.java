package dev.ratelab.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Environment;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

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
