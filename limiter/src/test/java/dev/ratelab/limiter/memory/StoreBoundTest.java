package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both stores take a bounded share of the heap and of time, whatever their clients send. */
@ExtendWith(CapturedLog.class)
class StoreBoundTest {
  private static final Policy SHORT =
      Policy.of("short", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(1)));

  private final ManualTime time = new ManualTime(1_800_000_000_000_000L);

  /** A request of one policy charges another way than one of several. */
  enum Kind {
    ONE_POLICY(1),
    SEVERAL_POLICIES(2);

    private final int policies;

    Kind(int policies) {
      this.policies = policies;
    }

    Store open(ManualTime time, Policy policy, long maxCounters) {
      int others = policies - 1;
      MemoryRateLimiter limiter = MemoryRateLimiter.of(time, maxCounters + others);
      // All tenants share the one counter of the second policy, which never denies.
      ScopedPolicy wide = ScopedPolicy.perTenant(
          Policy.of("wide", Algorithm.FIXED_WINDOW, Limit.of(20_000_000, Duration.ofDays(1))));
      List<ScopedPolicy> asked = List.of(ScopedPolicy.perKey(policy), wide).subList(0, policies);
      return new Store(
          key ->
              limiter.check(new Request("t", key, 1, asked)).policies().get(0).decision(),
          () -> limiter.counters() - others,
          limiter::lostLiveCounters);
    }
  }

  private record Store(Function<String, Decision> check, LongSupplier keys, LongSupplier lost) {}

  private static Policy policy(Algorithm algorithm) {
    return Policy.of("p", algorithm, Limit.of(1_000, Duration.ofSeconds(10)));
  }

  private void admit(Store store, String key, int times) {
    for (int i = 0; i < times; i++) {
      time.advance(1);
      assertThat(store.check.apply(key).allowed()).isTrue();
    }
  }

  /** What is not held has no length and cannot be read from a dump of the heap. */
  @ParameterizedTest
  @EnumSource
  void noKeyIsHeld(Kind kind) {
    Store store = kind.open(time, policy(Algorithm.GCRA), 100);

    WeakReference<String> key = checked(store);

    for (int i = 0; key.get() != null; i++) {
      assertThat(i).as("collections that left the key").isLessThan(50);
      System.gc();
    }
    assertThat(store.keys.getAsLong()).isEqualTo(1);
  }

  private static WeakReference<String> checked(Store store) {
    String key = "secret-".repeat(8);
    assertThat(store.check.apply(key).allowed()).isTrue();
    return new WeakReference<>(key);
  }

  /** A table whose places are chosen by String.hashCode compares each of them with all others. */
  @ParameterizedTest
  @EnumSource
  void keysOfOneHashCodeCostNoMoreThanOthers(Kind kind) {
    List<String> colliding = Keys.ofOneHashCode(4_096);
    List<String> others = IntStream.range(0, 4_096)
        .mapToObj(i -> "0123456789abcdef0123456789abcdef" + i)
        .toList();
    Store one = kind.open(time, policy(Algorithm.GCRA), 10_000);
    Store other = kind.open(time, policy(Algorithm.GCRA), 10_000);
    long hostile = Long.MAX_VALUE;
    long honest = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      hostile = Math.min(hostile, nanos(one, colliding));
      honest = Math.min(honest, nanos(other, others));
    }

    // About 1; it was over 100 in the store of several policies.
    assertThat((double) hostile / honest).isLessThan(20);
  }

  private static long nanos(Store store, List<String> keys) {
    long start = System.nanoTime();
    assertThat(keys.stream().map(store.check).filter(Decision::allowed)).hasSize(keys.size());
    return System.nanoTime() - start;
  }

  /** 20 logs of 200 entries, where 166 logs of one entry would fit. */
  @ParameterizedTest
  @EnumSource
  void aLongLogCountsAsTheKeysWhoseRoomItTakes(Kind kind) {
    Store store = kind.open(time, policy(Algorithm.SLIDING_WINDOW_LOG), 500);
    for (int key = 0; key < 20; key++) {
      admit(store, "key" + key, 200);
    }

    assertThat(store.keys.getAsLong()).isBetween(1L, 6L);
    assertThat(store.lost.getAsLong()).isGreaterThanOrEqualTo(14);

    time.advance(60_000_000);
    for (int key = 0; key < 100; key++) {
      admit(store, "key" + key, 1);
    }
    assertThat(store.keys.getAsLong()).as("once they are short again").isEqualTo(100);
  }

  @ParameterizedTest
  @EnumSource
  void aLogThatShortensMakesRoom(Kind kind) {
    Store store = kind.open(time, policy(Algorithm.SLIDING_WINDOW_LOG), 500);
    for (int key = 0; key < 3; key++) {
      admit(store, "key" + key, 200);
    }
    long held = store.keys.getAsLong();
    assertThat(held).isEqualTo(3);

    time.advance(10_000_000);
    for (int key = 0; key < 100; key++) {
      admit(store, "key" + key, 1);
    }

    assertThat(store.keys.getAsLong()).isEqualTo(100);
    assertThat(store.lost.getAsLong()).isZero();
  }

  /** A key never has a larger share of the tables, be they as full as they get or have just grown. */
  @ParameterizedTest
  @EnumSource
  void aKeyTakesNoMoreThanItCountsFor(Kind kind) {
    for (int keys : List.of(90_000, 100_000, 110_000)) {
      for (Algorithm algorithm : Algorithm.values()) {
        int weight = Keys.weight(algorithm);
        long before = usedHeap();
        Store store = kind.open(time, policy(algorithm), (long) keys * weight);
        for (int key = 0; key < keys; key++) {
          assertThat(store.check.apply("user" + key).allowed()).isTrue();
        }
        long bytes = (usedHeap() - before) / keys;

        assertThat(store.keys.getAsLong()).isEqualTo(keys);
        assertThat(bytes).as("of %s", algorithm).isBetween(30L, weight * 64L);
      }
    }
  }

  /** As above: a store that has room for many more keys takes no more for each. */
  @ParameterizedTest
  @EnumSource
  void aKeyTakesNoMoreWhereKeysAreFew(Kind kind) {
    int keys = 10_000;
    for (Algorithm algorithm : Algorithm.values()) {
      long before = usedHeap();
      Store store = kind.open(time, policy(algorithm), StoreBound.defaultKeys());
      for (int key = 0; key < keys; key++) {
        assertThat(store.check.apply("user" + key).allowed()).isTrue();
      }
      long bytes = (usedHeap() - before) / keys;

      assertThat(store.keys.getAsLong()).isEqualTo(keys);
      assertThat(bytes).as("of %s", algorithm).isBetween(30L, Keys.weight(algorithm) * 64L);
    }
  }

  /** Collected until no more is freed: threads of other tests may end, and leave something, meanwhile. */
  private static long usedHeap() {
    long used = Long.MAX_VALUE;
    for (int same = 0; same < 3; same++) {
      System.gc();
      long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
      if (now < used) {
        same = used - now > 10_000 ? 0 : same;
        used = now;
      }
    }
    return used;
  }

  /** Steady admissions, one or none each microsecond: so a log keeps more than what counts. */
  @ParameterizedTest
  @EnumSource
  void theLargestLogThatIsAcceptedIsNeverForgotten(Kind kind) {
    int keys = 5_000;
    Limit largest = Limit.of(2_167, Duration.ofMillis(3));
    StoreBound.requireRoom(Algorithm.SLIDING_WINDOW_LOG, largest, keys);
    Store store = kind.open(time, Policy.of("p", Algorithm.SLIDING_WINDOW_LOG, largest), keys);
    Random random = new Random(8);
    int admitted = 0;

    for (int i = 0; i < 50_000; i++) {
      time.advance(i / 5_000 % 2 == 0 ? 1 : random.nextInt(3));
      admitted += store.check.apply("key").allowed() ? 1 : 0;
    }

    assertThat(admitted).isBetween(30_000, 45_000);
    assertThat(store.keys.getAsLong()).isEqualTo(1);
    assertThat(store.lost.getAsLong()).isZero();
  }

  @Test
  void aLimitWhoseLogIsLargerThanTheStoreIsRefused() {
    Limit large = Limit.of(2_168, Duration.ofMillis(3));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoreBound.requireRoom(Algorithm.SLIDING_WINDOW_LOG, large, 5_000))
        .withMessageStartingWith("limit is 2168; one log of it may not fit into memory")
        .withMessageEndingWith("accepted for sliding-window-log: 1 to 2167");
    StoreBound.requireRoom(Algorithm.GCRA, large, 5_000);
    StoreBound.requireRoom(
        Algorithm.SLIDING_WINDOW_LOG, Limit.of(3_000, Duration.ofMillis(2)), 5_000);
    StoreBound.requireRoom(Algorithm.SLIDING_WINDOW_LOG, Limit.of(1, Duration.ofDays(1)), 1);
    Limit never = Limit.of(Limit.MAX_PERMITS, Duration.ofMinutes(20));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoreBound.requireRoom(Algorithm.SLIDING_WINDOW_LOG, never));
  }

  @Test
  void withoutABoundTheHeapSetsIt() {
    long heap = Runtime.getRuntime().maxMemory();

    assertThat(StoreBound.defaultKeys() * StoreBound.BYTES_PER_KEY)
        .isBetween(heap / 6 - StoreBound.BYTES_PER_KEY, heap / 6);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE})
  void aBoundThatDoesNotFitTheHeapIsRefused(long keys) {
    String accepted = "maxCounters is %d; accepted: 1 to %d, which take half of the heap of %d MiB"
        .formatted(keys, StoreBound.mostKeys(), Runtime.getRuntime().maxMemory() >> 20);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryRateLimiter.of(time, keys))
        .withMessage(accepted);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryRateLimiter.of(time, StoreBound.mostKeys() + 1));
  }

  @Test
  void fewCountersGoSoonAfterAPeak() {
    MemoryRateLimiter limiter = peak(100_000);
    for (int i = 0; i < 10; i++) {
      limiter.check(Request.of(SHORT, "after " + i, 1));
    }
    time.advance(4_000_000);
    Policy day = Policy.of("day", Algorithm.GCRA, Limit.of(1, Duration.ofDays(1)));
    long before = limiter.droppedCounters();

    int checks = 0;
    while (limiter.droppedCounters() < before + 10) {
      time.advance(1_000);
      limiter.check(Request.of(day, "x", 1));
      checks++;
    }

    assertThat(checks).isLessThan(30);
  }

  /** While shards never became fewer, each counter that was removed left 5 bytes. */
  @Test
  void aPeakLeavesNothing() {
    peak(100);
    long before = usedHeap();
    MemoryRateLimiter limiter = peak(100_000);

    assertThat(usedHeap() - before).isLessThan(100_000);
    assertThat(limiter.counters()).isZero();
  }

  /** Each eviction reads the clock: the one that finds nothing to drop would do so again and again. */
  @Test
  void anEvictionPassesEmptyShards() {
    AtomicLong readings = new AtomicLong();
    MemoryRateLimiter limiter = MemoryRateLimiter.of(
        () -> {
          readings.incrementAndGet();
          return time.micros();
        },
        5_000);
    fillAndEmpty(limiter, 5_000);
    Policy log =
        Policy.of("log", Algorithm.SLIDING_WINDOW_LOG, Limit.of(25_000, Duration.ofDays(1)));

    long most = 0;
    for (int i = 0; i < 40_000; i++) {
      time.advance(1);
      long before = readings.get();
      limiter.check(Request.of(log, "log " + i % 2, 1));
      most = Math.max(most, readings.get() - before);
    }

    assertThat(limiter.lostLiveCounters()).isPositive();
    assertThat(most).isLessThan(10);
  }

  private MemoryRateLimiter peak(int counters) {
    MemoryRateLimiter limiter = MemoryRateLimiter.of(time, counters);
    fillAndEmpty(limiter, counters);
    return limiter;
  }

  private void fillAndEmpty(MemoryRateLimiter limiter, int counters) {
    for (int i = 0; i < counters; i++) {
      limiter.check(Request.of(SHORT, "key " + i, 1));
    }
    time.advance(10_000_000);
    assertThat(limiter.counters()).isZero();
  }
}
