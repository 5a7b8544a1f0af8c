package dev.ratelab.limiter.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a backend that answers one after the other, each after a time of its own, over a way of some length. */
class BackendQueueTest {
  private static final long SECOND = 1_000_000;

  private final Deque<Asked> waiting = new ArrayDeque<>();
  private final List<Long> waits = new ArrayList<>();
  private final Random random = new Random(1);
  private BackendQueue queue = new BackendQueue();
  private boolean sheds = true;
  private long turn = 1;
  private long now = SECOND;
  private long free = now;
  private long came;
  private int shed;

  private record Asked(int others, long began, long ends) {}

  /** Checks come at random for some time (Poisson). */
  private void load(long micros, double perSecond, long service, long way) {
    long end = now + micros;
    double next = now;
    waits.clear();
    came = 0;
    shed = 0;
    while (next < end) {
      answerUntil((long) next);
      now = (long) next;
      came++;
      if (sheds && queue.isFull(waiting.size(), now)) {
        shed++;
      } else {
        free = Math.max(free, now + way / 2) + service;
        long ends = free + way / 2;
        waiting.add(new Asked(waiting.size(), now, ends + Math.floorMod(-ends, turn)));
      }
      next -= Math.log(1 - random.nextDouble()) * SECOND / perSecond;
    }
  }

  private void answerUntil(long time) {
    for (Asked asked = waiting.peek();
        asked != null && asked.ends <= time;
        asked = waiting.peek()) {
      waiting.remove();
      waits.add(asked.ends - asked.began);
      queue.answered(asked.others, asked.ends - asked.began, asked.ends);
    }
  }

  private long p99() {
    return waits.stream().sorted().skip(waits.size() * 99L / 100).findFirst().orElseThrow();
  }

  /** Services of 1 ms over no way and over one of 50 ms; of 10 ms; of 50 µs. */
  @ParameterizedTest
  @CsvSource({"1000, 0", "1000, 50000", "10000, 0", "50, 0", "50, 500"})
  void atTwiceTheRateNobodyWaitsForLongAndTheBackendHasEnoughToDo(long service, long way) {
    double capacity = SECOND / (double) service;
    load(10 * SECOND, 0.6 * capacity, service, way);
    assertThat(shed / (double) came).as("at six tenths of the rate").isLessThan(0.01);
    load(SECOND, 2 * capacity, service, way);
    load(10 * SECOND, 2 * capacity, service, way);

    assertThat(p99()).isLessThanOrEqualTo(way + 12 * service + 3 * StandingQueue.TARGET_MICROS);
    assertThat(shed / (double) came).isBetween(0.45, 0.55);
  }

  /** The planted fault. */
  @Test
  void whereNothingIsShedTheyWaitForSeconds() {
    sheds = false;
    load(11 * SECOND, 2_000, 1_000, 0);

    assertThat(p99()).isGreaterThan(4 * SECOND);
  }

  @Test
  void aPauseAndABurstShedNothing() {
    load(SECOND, 500, 1_000, 0);
    free = now + SECOND / 15;
    load(SECOND, 500, 1_000, 0);
    assertThat(shed).as("after a pause").isZero();
    load(SECOND / 30, 2_000, 1_000, 0);
    assertThat(shed).as("in a burst").isZero();
    load(SECOND, 500, 1_000, 0);
    assertThat(shed).as("after a burst").isZero();
  }

  /** Or a longer way would be taken for a queue, for ever. */
  @Test
  void aWayThatBecomesLongerIsLearnt() {
    load(10 * SECOND, 1_000, 10, 1_000);
    load(SECOND, 1_000, 10, 200_000);
    load(10 * SECOND, 1_000, 10, 200_000);
    assertThat(shed).isZero();
    load(10 * SECOND, 1_000, 10, 1_000);
    assertThat(shed).isZero();
  }

  /**
   * Where a busy thread gets its turn only now and then, to let in fewer shortens no wait.
   */
  @Test
  void whatOnlyThisProcessDelaysIsNotShedToNothing() {
    load(10 * SECOND, 1_000, 50, 0);
    turn = 30_000;
    load(SECOND, 40_000, 50, 0);
    load(30 * SECOND, 40_000, 50, 0);

    assertThat(shed / (double) came).isBetween(0.45, 0.6);
    assertThat(p99()).isLessThanOrEqualTo(2 * turn);
  }

  /** Within ten seconds, too: what was learnt before may be wrong. */
  @Test
  void aWayThatBecomesLongerAgainAndAgainIsLearntWithinASecond() {
    load(10 * SECOND, 1_000, 10, 1_000);
    for (int i = 0; i < 5; i++) {
      load(3 * SECOND / 2, 1_000, 10, 20_000);
      load(SECOND, 1_000, 10, 20_000);
      assertThat(shed).as("round %d", i).isZero();
      load(2 * SECOND, 1_000, 10, 1_000);
    }
  }

  /** Otherwise one overload would make every later pause shed. */
  @Test
  void pausesAfterAnOverloadShedNextToNothing() {
    load(10 * SECOND, 40_000, 50, 0);
    assertThat(shed).isPositive();
    load(SECOND, 2_000, 50, 0);
    int all = 0;
    for (int i = 0; i < 100; i++) {
      free = now + SECOND / 50;
      load(9 * SECOND / 100, 2_000, 50, 0);
      all += shed;
    }

    assertThat(all / (100 * 0.09 * 2_000)).isLessThan(0.02);
  }

  /** A deadline that is always missed leaves no other answers. */
  @Test
  void whatIsNotAnsweredByItsDeadlineWasTooLong() {
    for (long late = 0; late <= StandingQueue.PATIENCE_MICROS; late += 10_000) {
      assertThat(queue.isFull(BackendQueue.FEW, now)).isFalse();
      queue.late(now);
      now += 10_000;
    }

    assertThat(queue.isFull(BackendQueue.FEW, now)).isTrue();
  }

  @Test
  void aClockThatGoesBackIsTakenForOneThatStands() {
    load(10 * SECOND, 2_000, 1_000, 0);
    assertThat(queue.isFull(1_000, now)).isTrue();
    now -= 3_600 * SECOND;
    free = now;
    waiting.clear();

    assertThat(queue.isFull(1_000, now)).isTrue();
    queue.answered(0, 1_000, now);
    assertThat(queue.isFull(1_000, now)).isFalse();
  }

  @Test
  void whenTheBackendIsFastAgainNothingIsShed() {
    load(10 * SECOND, 2_000, 1_000, 0);
    assertThat(shed).isPositive();
    load(SECOND, 2_000, 100, 0);
    load(10 * SECOND, 2_000, 100, 0);

    assertThat(shed).isZero();
  }

  /** What was long is long ago. */
  @Test
  void aQueueOfLongAgoShedsNobody() {
    load(10 * SECOND, 2_000, 1_000, 0);
    answerUntil(Long.MAX_VALUE);
    now += 3_600 * SECOND;

    for (int others = 0; others < 1_000; others++) {
      assertThat(queue.isFull(others, now)).isFalse();
    }
  }

  @Test
  void aFewMayAlwaysWait() {
    load(10 * SECOND, 2_000, 1_000, 0);

    assertThat(queue.isFull(BackendQueue.FEW - 1, now)).isFalse();
    assertThat(queue.isFull(1_000, now)).isTrue();
    queue = new BackendQueue();
    assertThat(queue.isFull(1_000, now)).as("before anything is known").isFalse();
  }
}
