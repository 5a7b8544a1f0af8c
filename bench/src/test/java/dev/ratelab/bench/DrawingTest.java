package dev.ratelab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a run draws from its seed, and how it sums up what it saw. */
class DrawingTest {
  @Test
  void keysComeFromSeedAndStream() {
    assertThat(keys(1, 0)).isEqualTo(keys(1, 0)).isNotEqualTo(keys(2, 0)).isNotEqualTo(keys(1, 1));
  }

  @Test
  void halfOfTheKeysAreHot() {
    Set<String> hot = new HashSet<>();
    IntStream.range(0, Keys.HOT).forEach(i -> hot.add("user" + i));
    List<String> keys = keys(1, 0);

    double share = (double) keys.stream().filter(hot::contains).count() / keys.size();

    assertThat(share).isCloseTo(0.5, within(0.01));
    assertThat(new HashSet<>(keys)).as("nearly every client appears").hasSizeGreaterThan(9_500);
  }

  @Test
  void everyRoundHoldsEverySubjectOnce() {
    List<String> subjects = List.of("a", "b", "c", "d", "e");

    List<List<String>> rounds = Rounds.of(subjects, 50, 1);

    assertThat(rounds)
        .hasSize(50)
        .allSatisfy(round -> assertThat(round).containsExactlyInAnyOrderElementsOf(subjects));
    assertThat(new HashSet<>(rounds)).as("in changing orders").hasSizeGreaterThan(20);
    assertThat(Rounds.of(subjects, 50, 1)).isEqualTo(rounds);
  }

  @Test
  void seedsDifferByPurposeAndNumber() {
    Set<Long> seeds = new HashSet<>();
    for (String purpose : List.of("keys", "arrivals", "rounds", "bootstrap")) {
      for (int i = 0; i < 1_000; i++) {
        seeds.add(Seeds.derive(1, purpose, i));
      }
    }

    assertThat(seeds).hasSize(4_000);
  }

  @Test
  void anIntervalIsStudents() {
    Interval interval = Interval.ofMean(10, 12, 14);

    // t(2, 0.975) = 4.3027, s = 2, so half a width is 4.3027 * 2 / sqrt(3).
    assertThat(interval.mean()).isEqualTo(12);
    assertThat(interval.low()).isCloseTo(12 - 4.9683, within(1e-3));
    assertThat(interval.high()).isCloseTo(12 + 4.9683, within(1e-3));
    assertThat(Interval.ofMean(0, 100).low())
        .as("what cannot be negative stops at 0")
        .isZero();
    assertThatThrownBy(() -> Interval.ofMean(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two observations");
  }

  @Test
  void aSubjectsIdNamesIt() {
    RedisUnderTest redis = new RedisUnderTest("redis://localhost", "redis-cluster", "7.0.15");
    List<Subject> all = new ArrayList<>(Subject.inMemory());
    Subject.CLIENTS.forEach(client -> all.addAll(Subject.onRedis(redis, client)));

    assertThat(all).hasSize(7 + 8 + 8);
    assertThat(all).allSatisfy(s -> assertThat(Subject.parse(s.id())).isEqualTo(s));
    assertThat(all.stream().filter(Subject::isLimit).map(Subject::name))
        .containsExactly("clock-read", "ping", "no-op-evalsha", "ping", "no-op-evalsha");
  }

  private static List<String> keys(long seed, long stream) {
    Keys keys = new Keys(seed, stream);
    return IntStream.range(0, 1 << 16).mapToObj(keys::at).toList();
  }
}
