package dev.ratelab.limiter.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a backend that answers one after the other, each after a time of its own, over a way of some length. */
class BackendQueueTest {
  private static final long SECOND = 1_000_000;
  private static final long DEADLINE = SECOND / 4;

  private final Deque<Asked> waiting = new ArrayDeque<>();
  private final List<Long> waits = new ArrayList<>();
  private final Random random = new Random(1);
  private BackendQueue queue = new BackendQueue(0);
  private boolean sheds = true;
  private boolean knowsBatches = true;
  private long turn = 1;
  private long now = SECOND;
  private long free = now;
  private long came;
  private int shed;

  private record Asked(Ask ask, long ends) {}

  private Ask ask(int others) {
    return new Ask(others, 0, now, DEADLINE);
  }

  private boolean isFull(int others) {
    return queue.isFull(ask(others));
  }

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
      if (sheds && isFull(waiting.size())) {
        shed++;
      } else {
        send(ask(waiting.size()), service, way);
      }
      next -= Math.log(1 - random.nextDouble()) * SECOND / perSecond;
    }
  }

  /**
   * Clients send a batch each, or one check, and the next as soon as that is answered; what was shed as a whole after a millisecond.
   *
   * @param service takes the time and gives the time that one answer takes
   */
  private void closed(int clients, int size, long micros, LongUnaryOperator service) {
    long end = now + micros;
    PriorityQueue<Long> next = new PriorityQueue<>(Collections.nCopies(clients, now));
    waits.clear();
    came = 0;
    shed = 0;
    for (long time = next.remove(); time < end; time = next.remove()) {
      answerUntil(time);
      now = time;
      next.add(batch(size, service.applyAsLong(time)));
    }
  }

  private long batch(int size, long service) {
    int others = waiting.size();
    long ends = now + SECOND / 1_000;
    if (knowsBatches && size > 1) {
      queue.batch(size, now);
    }
    for (int i = 0; i < size; i++) {
      Ask ask =
          knowsBatches ? new Ask(others, i, now, DEADLINE) : new Ask(others + i, 0, now, DEADLINE);
      came++;
      if (queue.isFull(ask)) {
        shed++;
      } else {
        send(ask, service, 0);
        ends = free;
      }
    }
    return ends;
  }

  private void send(Ask ask, long service, long way) {
    free = Math.max(free, now + way / 2) + service;
    long ends = free + way / 2;
    waiting.add(new Asked(ask, ends + Math.floorMod(-ends, turn)));
  }

  private void answerUntil(long time) {
    for (Asked asked = waiting.peek();
        asked != null && asked.ends <= time;
        asked = waiting.peek()) {
      waiting.remove();
      waits.add(asked.ends - asked.ask.began());
      queue.answered(asked.ask, asked.ends);
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

  /** What little is answered then is not what the backend can do. */
  @ParameterizedTest
  @CsvSource({"200, 1", "500, 1", "900, 1", "500, 10"})
  void aBatchIsServedWhereNothingWaitsThoughAnOverloadWasALittleAgo(long millis, int size) {
    load(10 * SECOND, 120_000, 15, 0);
    assertThat(shed).isPositive();
    for (long end = now + millis * 1_000; now < end; now += SECOND * size / 70) {
      answerUntil(now);
      batch(size, 15);
    }
    answerUntil(now);
    shed = 0;
    batch(1_000, 15);

    assertThat(waiting).hasSize(1_000);
    assertThat(shed).isZero();
  }

  /** What four clients can do by themselves, without a pause. */
  @Test
  void batchesThatMakeTheirDeadlineAreServed() {
    closed(4, 1_000, 30 * SECOND, time -> 15);

    assertThat(shed).isZero();
    assertThat(waits).hasSizeGreaterThan((int) (30 * SECOND / 15) - 4_000);
  }

  /** The planted fault. */
  @Test
  void whereABatchIsTakenForManyMostIsShed() {
    knowsBatches = false;
    closed(4, 1_000, 10 * SECOND, time -> 15);

    assertThat(shed / (double) came).isGreaterThan(0.5);
  }

  @Test
  void moreBatchesThanMakeTheirDeadlineAreShed() {
    closed(8, 1_000, 2 * SECOND, time -> 50);
    closed(8, 1_000, 10 * SECOND, time -> 50);

    assertThat(shed).isPositive();
    assertThat(Collections.max(waits)).isLessThan(DEADLINE);
    assertThat(waits).hasSizeGreaterThan((int) (9 * SECOND / 50));
  }

  /** Of a batch that the backend cannot decide in time, that part is sent which it can. */
  @Test
  void aBatchThatIsTooLargeForTheBackendIsServedInPart() {
    closed(1, 1_000, 2 * SECOND, time -> 1_000);
    closed(1, 1_000, 10 * SECOND, time -> 1_000);

    assertThat(Collections.max(waits)).isLessThan(DEADLINE);
    assertThat(waits).hasSizeGreaterThan(9_000);
  }

  /** Each takes 2.5 ms at first and 50 µs at last, so that 64 wait for 160 ms at first. */
  private static long warmingUp(long began, long time) {
    return 50 + (long) (2_450 * Math.exp((began - time) / (double) SECOND));
  }

  @Test
  void aColdProcessIsNotTakenForAQueue() {
    queue = new BackendQueue();
    long began = now;
    closed(64, 1, 10 * SECOND, time -> warmingUp(began, time));

    assertThat(shed).isZero();
    assertThat(Collections.max(waits)).isLessThan(DEADLINE);
  }

  /** The planted fault. */
  @Test
  void aColdProcessThatIsTakenForAWarmOneSheds() {
    long began = now;
    closed(64, 1, 10 * SECOND, time -> warmingUp(began, time));

    assertThat(shed).isPositive();
  }

  /** A backend that is too slow does not become faster. */
  @ParameterizedTest
  @CsvSource({"1000", "50"})
  void aColdProcessShedsWhatWouldMissItsDeadlineAndLaterAllThatWaits(long service) {
    queue = new BackendQueue();
    double capacity = SECOND / (double) service;
    load(SECOND, 2 * capacity, service, 0);
    load(SECOND, 2 * capacity, service, 0);
    assertThat(p99()).isLessThan(DEADLINE);
    load(25 * SECOND, 2 * capacity, service, 0);
    load(10 * SECOND, 2 * capacity, service, 0);

    assertThat(p99()).isLessThanOrEqualTo(12 * service + 3 * StandingQueue.TARGET_MICROS);
    assertThat(shed / (double) came).isBetween(0.45, 0.55);
  }

  /** However little it has answered. */
  @Test
  void aProcessIsNotColdForEver() {
    queue = new BackendQueue();
    load(360 * SECOND, 10, 1_000, 0);
    assertThat(queue.isCold()).isFalse();
    load(SECOND, 2_000, 1_000, 0);
    load(10 * SECOND, 2_000, 1_000, 0);

    assertThat(p99()).isLessThanOrEqualTo(12_000 + 3 * StandingQueue.TARGET_MICROS);
  }

  /** It says nothing of the backend that a deadline is shorter than any answer. */
  @Test
  void aDeadlineThatNobodyCouldHoldIsNoQueue() {
    for (long late = 0; late <= 2 * StandingQueue.PATIENCE_MICROS; late += 10_000) {
      queue.late(new Ask(0, 0, now, 1), now);
      now += 10_000;
    }

    assertThat(isFull(BackendQueue.FEW)).isFalse();
  }

  /** A deadline that is always missed leaves no other answers. */
  @Test
  void whatIsNotAnsweredByItsDeadlineWasTooLong() {
    for (long late = 0; late <= StandingQueue.PATIENCE_MICROS; late += 10_000) {
      assertThat(isFull(BackendQueue.FEW)).isFalse();
      queue.late(ask(0), now);
      now += 10_000;
    }

    assertThat(isFull(BackendQueue.FEW)).isTrue();
  }

  @Test
  void aClockThatGoesBackIsTakenForOneThatStands() {
    load(10 * SECOND, 2_000, 1_000, 0);
    assertThat(isFull(1_000)).isTrue();
    now -= 3_600 * SECOND;
    free = now;
    waiting.clear();

    assertThat(isFull(1_000)).isTrue();
    queue.answered(ask(0), now + 1_000);
    assertThat(isFull(1_000)).isFalse();
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
      assertThat(isFull(others)).isFalse();
    }
  }

  @Test
  void aFewMayAlwaysWait() {
    load(10 * SECOND, 2_000, 1_000, 0);

    assertThat(isFull(BackendQueue.FEW - 1)).isFalse();
    assertThat(isFull(1_000)).isTrue();
    queue = new BackendQueue(0);
    assertThat(isFull(1_000)).as("before anything is known").isFalse();
  }
}
