package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CounterStoreTest {
  private long now = 1_000_000;
  private final CounterStore store = new CounterStore(() -> now, 100_000);
  private final KeyHash names = KeyHash.random();
  private final Rule shortly = rule(Duration.ofSeconds(10));
  private final Rule lasting = rule(Duration.ofDays(1));
  private final Random random = new Random(3);

  /** In the order in which they were made, and where each was found then. */
  private final List<Visit> counters = new ArrayList<>();

  private final List<Shard> found = new ArrayList<>();

  private Rule rule(Duration window) {
    return new Rule(Policy.of("p", Algorithm.GCRA, Limit.of(1, window)), names);
  }

  private Shard shard(Visit visit) {
    return store.shards.at(visit.high);
  }

  private void charge(Rule rule, int heavier) {
    Visit visit = new Visit().to(rule, new Hashed(random.nextLong(), random.nextLong()));
    Shard shard = shard(visit);
    assertThat(shard.tryLock()).isTrue();
    shard.find(visit);
    assertThat(visit.decide(now, 1)).isTrue();
    visit.prepare();
    shard.charge(visit);
    shard.unlock();
    store.charged(heavier, 1, now);
    counters.add(visit);
    found.add(shard(visit));
  }

  private boolean isHeld(Visit visit) {
    assertThat(shard(visit).tryRead(visit)).isTrue();
    return visit.known() && !visit.decide(now, 1);
  }

  /** Otherwise who has found it before would charge what nobody reads any more. */
  private int leftAndLocked() {
    int left = 0;
    for (int i = 0; i < counters.size(); i++) {
      if (shard(counters.get(i)) != found.get(i)) {
        left++;
        assertThat(found.get(i).tryLock()).isFalse();
      }
    }
    return left;
  }

  /** A request that makes a counter and shortens a log may weigh nothing. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aShardThatWasSplitStaysLocked(int heavier) {
    for (int i = 0; i < 5_000; i++) {
      charge(shortly, heavier);
    }

    assertThat(leftAndLocked()).isGreaterThan(2_000);
    assertThat(counters).allMatch(this::isHeld);
  }

  @Test
  void aShardThatWasMergedStaysLocked() {
    for (int i = 0; i < 5_000; i++) {
      charge(i % 10 == 0 ? lasting : shortly, 1);
    }
    for (int i = 0; i < counters.size(); i++) {
      found.set(i, shard(counters.get(i)));
    }

    now += 20_000_000;
    assertThat(store.counters()).isEqualTo(500);

    assertThat(leftAndLocked()).isGreaterThan(2_000);
    assertThat(counters.stream().filter(this::isHeld)).hasSize(500);
    assertThat(store.shards.size()).isLessThan(500 / 4 + 2);
  }

  /** Nobody calls {@code counters()} here, which resizes too. */
  @Test
  void checksMergeShards() {
    for (int i = 0; i < 5_000; i++) {
      charge(shortly, 1);
    }
    assertThat(store.shards.size()).isEqualTo(5_000 / 8);

    now += 20_000_000;
    for (int i = 0; i < 500; i++) {
      now += 1_000;
      charge(lasting, 1);
    }

    assertThat(store.dropped()).isEqualTo(5_000);
    assertThat(store.shards.size()).isLessThan(500 / 4 + 2);
    assertThat(counters.stream().filter(this::isHeld)).hasSize(500);
  }

  /** As after a check that was interrupted while it tidied, so that no other could. */
  @Test
  void aCheckSplitsAFewShardsOnly() {
    int before = store.shards.size();

    store.charged(0, 10_000, now);
    assertThat(store.shards.size()).isEqualTo(before + 16);

    for (int i = 0; i < 100; i++) {
      store.charged(0, 1, now);
    }
    assertThat(store.shards.size()).as("soon enough of them").isGreaterThanOrEqualTo(10_000 / 8);
  }
}
