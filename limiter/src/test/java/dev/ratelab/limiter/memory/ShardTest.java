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

/** Held against a map: whatever is put, swept and evicted in whatever order, each counter is found with its own state. */
class ShardTest {
  private final Shard shard = new Shard();
  private final Map<Hashed, Long> resets = new HashMap<>();
  private long now = 1_000_000;

  private static Rule rule(Algorithm algorithm) {
    return new Rule(
        Policy.of("p", algorithm, Limit.of(1_000, Duration.ofSeconds(1))), KeyHash.random());
  }

  /** So few tags that counters have those of others. */
  private static Hashed counter(Random random) {
    long tag = random.nextInt(3);
    return new Hashed(tag << 56 | random.nextInt(20), random.nextInt(3));
  }

  private Visit found(Rule rule, Hashed counter) {
    return found(shard, rule, counter);
  }

  private static Visit found(Shard shard, Rule rule, Hashed counter) {
    Visit visit = new Visit();
    // What a rule mixes in is taken out again.
    visit.to(rule, new Hashed(counter.low() ^ rule.low, counter.high() ^ rule.high));
    assertThat(shard.find(visit)).isTrue();
    return visit;
  }

  private void charge(Rule rule, Hashed counter) {
    Visit visit = found(rule, counter);
    assertThat(shard.tryLock()).isTrue();
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
        shard.evict((of, resetAt, weight) -> removed.add(resetAt));
        assertThat(removed).hasSize(resets.isEmpty() ? 0 : 1);
        removed.forEach(resetAt -> {
          assertThat(resets.values()).allMatch(other -> other >= resetAt);
          resets.keySet().removeIf(counter -> !found(rule, counter).known());
        });
      } else {
        shard.sweep(now, (of, resetAt, weight) -> removed.add(resetAt));
        assertThat(removed).allMatch(resetAt -> resetAt <= now);
        resets.entrySet().removeIf(entry -> {
          boolean gone = !found(rule, entry.getKey()).known();
          assertThat(gone).isEqualTo(entry.getValue() <= now);
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
      assertThat(shard.tryLock()).isTrue();
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

  /** A split loses nothing, and each part has its own. */
  @ParameterizedTest
  @EnumSource
  void eachCounterIsInOneOfTwoParts(Algorithm algorithm) {
    Rule rule = rule(algorithm);
    for (int i = 0; i < 100; i++) {
      charge(rule, new Hashed((long) i << 56, i));
    }
    Shard with = shard.part(4, true);
    Shard without = shard.part(4, false);

    assertThat(with.counters() + without.counters()).isEqualTo(100);
    resets.forEach((counter, reset) -> {
      boolean has = (counter.high() & 4) != 0;
      Visit visit = found(has ? with : without, rule, counter);
      assertThat(visit.known()).isTrue();
      assertThat(visit.decide(now, 1_000)).isFalse();
      assertThat(now + visit.resetAfterMicros()).isEqualTo(reset);
      assertThat(found(has ? without : with, rule, counter).known()).isFalse();
    });
  }
}
