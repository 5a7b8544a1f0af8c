package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against a map: whatever is put, swept and evicted in whatever order, each counter is found with its own state. */
class ShardTest {
  private final Shard shard = new Shard();
  private final Map<Hashed, Long> resets = new HashMap<>();
  private long now = 1_000_000;

  private static Rule rule(Algorithm algorithm) {
    return new Rule(
        Policy.of("p", algorithm, Limit.of(1_000, Duration.ofSeconds(1))), KeyHash.random());
  }

  /** So few homes that counters lie in each other's way, round the table's end too. */
  private static Hashed counter(Random random) {
    long home = new long[] {0, 1, 1L << 31, 0xffff_fffeL, 0xffff_ffffL}[random.nextInt(5)];
    return new Hashed(home << Integer.SIZE | (1 + random.nextInt(20)), random.nextInt(3));
  }

  private Visit found(Rule rule, Hashed counter) {
    Visit visit = new Visit();
    // What a rule mixes in is taken out again.
    visit.to(rule, new Hashed(counter.low() ^ rule.low, counter.high() ^ rule.high));
    assertThat(shard.find(visit)).isTrue();
    return visit;
  }

  private void charge(Rule rule, Hashed counter) {
    Visit visit = found(rule, counter);
    shard.lock();
    assertThat(visit.decide(now, 1)).isTrue();
    visit.prepare();
    shard.charge(visit);
    shard.unlock();
    resets.put(counter, now + visit.resetAfterMicros());
  }

  private void holdsWhatTheMapHolds(Rule rule) {
    resets.forEach((counter, reset) -> {
      Visit visit = found(rule, counter);
      assertThat(visit.known()).isTrue();
      if (reset > now) {
        assertThat(visit.decide(now, 1_000)).isFalse();
        assertThat(now + visit.resetAfterMicros()).isEqualTo(reset);
      }
    });
    assertThat(shard.counters()).isEqualTo(resets.size());
  }

  @ParameterizedTest
  @EnumSource
  void holdsWhatAMapWouldHold(Algorithm algorithm) {
    Rule rule = rule(algorithm);
    Random random = new Random(5);
    for (int round = 0; round < 2_000; round++) {
      now += random.nextInt(20_000);
      for (int i = random.nextInt(20); i > 0; i--) {
        charge(rule, counter(random));
      }
      List<Long> removed = new ArrayList<>();
      if (random.nextInt(3) == 0) {
        shard.evict(
            random.nextLong(1L << 60), 1_000, (of, resetAt, weight) -> removed.add(resetAt));
        assertThat(removed).hasSize(resets.isEmpty() ? 0 : 1);
        removed.forEach(resetAt -> {
          assertThat(resets.values()).allMatch(other -> other >= resetAt);
          resets.keySet().removeIf(counter -> !found(rule, counter).known());
        });
      } else {
        shard.sweep(1 + random.nextInt(5), now, (of, resetAt, weight) -> removed.add(resetAt));
        assertThat(removed).allMatch(resetAt -> resetAt <= now);
        resets.entrySet().removeIf(entry -> {
          boolean gone = !found(rule, entry.getKey()).known();
          assertThat(gone).isIn(false, entry.getValue() <= now);
          return gone;
        });
      }
      holdsWhatTheMapHolds(rule);
    }
  }

  /** So a request of several policies that has found its memory charges all of them. */
  @ParameterizedTest
  @EnumSource
  void aPreparedChargeNeedsNoMemory(Algorithm algorithm) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Rule rule = rule(algorithm);
    Visit[] visits = new Visit[Request.MAX_POLICIES];
    // The first round loads what a charge needs.
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < visits.length; i++) {
        visits[i] = found(rule, new Hashed(1 + i + 100L * round, round));
        assertThat(visits[i].decide(now, 1)).isTrue();
        visits[i].prepare();
      }
      shard.lock();
      shard.makeRoomFor(visits.length);
      long before = threads.getCurrentThreadAllocatedBytes();
      for (Visit visit : visits) {
        shard.chargeAnew(visit);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      shard.unlock();

      assertThat(allocated).isLessThanOrEqualTo(round == 0 ? Long.MAX_VALUE : 0);
    }
  }

  /** Also where many follow one another from the first slot on. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 1_000})
  void aSweepLooksAtEachCounterOnce(int most) {
    Rule rule = rule(Algorithm.GCRA);
    for (int i = 1; i <= 100; i++) {
      charge(rule, new Hashed(i, i));
    }
    shard.sweepFromTheStart();
    int looks = 0;
    do {
      looks += shard.sweep(most, now + 1_000_000, (of, resetAt, weight) -> {});
    } while (!shard.isSwept());

    assertThat(looks).isEqualTo(100);
    assertThat(shard.counters()).isZero();
  }
}
