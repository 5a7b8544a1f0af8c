package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RedisStateTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Logged log = new Logged(RedisState.class);
  // Clocks of nanoTime begin anywhere.
  private long now = Long.MIN_VALUE + 5;
  private final RedisState state = new RedisState("lettuce", () -> now);

  @AfterEach
  void close() {
    log.close();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      state.broken(new IllegalStateException("planted by the test"));
    }
  }

  @Test
  void lossAndRecoveryAreALineEach() {
    state.decided();
    fail(1);
    fail(9);
    now += 10 * SECOND;
    fail(5);
    state.decided();
    assertThat(log.lines()).as("calls have failed since the last decision").hasSize(1);
    state.decided();
    state.decided();

    assertThat(log.lines()).hasSize(2);
    assertThat(log.lines().get(0))
        .containsEntry("event", "redis_lost")
        .containsEntry("client", "lettuce")
        .containsEntry("failures", 1L)
        .containsEntry("reason", "planted by the test");
    assertThat(log.lines().get(1))
        .containsEntry("event", "redis_recovered")
        .containsEntry("failures", 14L);
  }

  /** A fault that only some calls meet, such as that of one node of a cluster. */
  @Test
  void whatComesAndGoesIsToldOnceWithNoFailureLeftOut() {
    int seconds = 20;
    for (int step = 0; step < 100 * seconds; step++) {
      fail(1);
      state.decided();
      now += SECOND / 100;
    }
    now += SECOND;
    state.decided();
    now += SECOND;
    fail(1);

    assertThat(log.lines())
        .extracting(line -> line.get("event"))
        .containsExactly("redis_lost", "redis_recovered", "redis_lost");
    assertThat(
            log.lines().stream().mapToLong(line -> (Long) line.get("failures")).sum())
        .isEqualTo(state.failures())
        .isEqualTo(100L * seconds + 1);
  }

  @Test
  void thereIsAtMostOneLineASecond() {
    int seconds = 20;
    for (int step = 0; step < 100 * seconds; step++) {
      if (step % 10 == 0) {
        fail(1);
      }
      state.decided();
      now += SECOND / 100;
    }

    assertThat(log.lines()).hasSizeBetween(seconds / 2, seconds + 1);
  }

  /** As those of a policy whose deadline no Redis can hold. */
  @Test
  void callsThatAreLateRaiseADoubtAndAreNoLoss() {
    state.decided();
    for (int step = 0; step < 20; step++) {
      state.late();
      assertThat(state.inDoubt()).isTrue();
      now += SECOND;
      state.decided();
      assertThat(state.inDoubt()).isFalse();
    }
    assertThat(state.up()).isTrue();
    assertThat(log.lines()).isEmpty();

    state.undecided(new IllegalStateException("planted by the test"));
    state.late();
    now += SECOND;
    state.decided();
    assertThat(log.lines())
        .extracting(line -> line.get("event"))
        .as("they do not keep it from being told as back")
        .containsExactly("redis_lost", "redis_recovered");
    assertThat(
            log.lines().stream().mapToLong(line -> (Long) line.get("failures")).sum())
        .isEqualTo(state.failures())
        .isEqualTo(21);
  }

  @Test
  void upIsWhatTheLastDecisionShowed() {
    assertThat(state.up()).as("nothing is known").isFalse();
    assertThat(state.inDoubt()).isTrue();
    state.decided();
    assertThat(state.up()).isTrue();
    assertThat(state.inDoubt()).isFalse();
    fail(1);
    assertThat(state.up()).as("one call tells little").isTrue();
    assertThat(state.inDoubt()).isTrue();
    state.undecided(new IllegalStateException("planted by the test"));
    assertThat(state.up()).isFalse();
    state.decided();
    assertThat(state.up()).as("though no line is due yet").isTrue();
  }
}
