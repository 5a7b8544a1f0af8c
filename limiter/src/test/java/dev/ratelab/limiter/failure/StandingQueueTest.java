package dev.ratelab.limiter.failure;

import static dev.ratelab.limiter.failure.StandingQueue.PATIENCE_MICROS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StandingQueueTest {
  private static final long STEP = PATIENCE_MICROS / 10;

  private final StandingQueue queue = new StandingQueue();
  private long now = 1_000_000_000;

  private boolean waited(boolean tooLong) {
    queue.waited(tooLong, now);
    return queue.stands(now);
  }

  private void stand() {
    for (int i = 0; i < 10; i++) {
      assertThat(waited(true)).isFalse();
      now += STEP;
    }
    assertThat(waited(true)).isTrue();
  }

  @Test
  void itStandsWhenEveryWaitWasTooLongForTheWholeTime() {
    stand();
  }

  /** However long it was: those that waited for it come together. */
  @Test
  void onePauseIsNoQueue() {
    waited(false);
    now += 10 * PATIENCE_MICROS;
    for (int i = 0; i < 1_000; i++) {
      assertThat(waited(true)).isFalse();
    }
  }

  @Test
  void oneShortWaitBeforeItStandsBeginsAnew() {
    for (int i = 0; i < 9; i++) {
      waited(true);
      now += STEP;
    }
    waited(false);

    stand();
  }

  /** Shedding is what made them short: to let all in again would build the queue that has just been cut. */
  @Test
  void shortWaitsDoNotEndItWhileLongOnesAreAmongThem() {
    stand();
    for (int i = 0; i < 100; i++) {
      now += STEP;
      assertThat(waited(i % 10 == 9)).isTrue();
    }
  }

  @Test
  void itEndsWhenNoWaitWasTooLongForTheWholeTime() {
    stand();
    now += PATIENCE_MICROS;
    assertThat(waited(false)).isTrue();
    now += 1;

    assertThat(queue.stands(now)).as("though nothing came").isFalse();
    now += StandingQueue.MEMORY_MICROS;
    stand();
  }

  @Test
  void oneThatComesBackAtOnceStandsSooner() {
    stand();
    now += PATIENCE_MICROS + 1;
    assertThat(waited(true)).isFalse();
    now += STEP - 1;
    assertThat(waited(true)).isFalse();
    now += 1;
    assertThat(waited(true)).isTrue();
  }
}
