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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CounterStoreTest {
  private static final long NOW = 1_000_000;

  private final CounterStore store = new CounterStore(() -> NOW, 100_000);
  private final Rule rule = new Rule(
      Policy.of("p", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(10))), KeyHash.random());

  private Visit visit(Hashed counter) {
    Visit visit = new Visit();
    visit.to(rule, counter);
    return visit;
  }

  private void charge(Hashed counter, int heavier) {
    Visit visit = visit(counter);
    Shard shard = store.shard(visit);
    assertThat(shard.tryLock()).isTrue();
    shard.find(visit);
    assertThat(visit.decide(NOW, 1)).isTrue();
    visit.prepare();
    shard.charge(visit);
    shard.unlock();
    store.charged(heavier, 1, NOW);
  }

  /**
   * Otherwise who has found the shard before it was split would charge what nobody reads any more. A request that makes a counter and
   * shortens a log may weigh nothing.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aShardThatWasSplitStaysLocked(int heavier) {
    Random random = new Random(3);
    List<Hashed> counters = new ArrayList<>();
    List<Shard> found = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      Hashed counter = new Hashed(random.nextLong(), random.nextLong());
      charge(counter, heavier);
      counters.add(counter);
      found.add(store.shard(visit(counter)));
    }

    int split = 0;
    for (int i = 0; i < counters.size(); i++) {
      Visit visit = visit(counters.get(i));
      Shard now = store.shard(visit);
      if (now != found.get(i)) {
        split++;
        assertThat(found.get(i).tryLock()).isFalse();
      }
      assertThat(now.tryRead(visit)).isTrue();
      assertThat(visit.known()).isTrue();
      assertThat(visit.decide(NOW, 1)).isFalse();
    }

    assertThat(split).isGreaterThan(2_000);
  }
}
