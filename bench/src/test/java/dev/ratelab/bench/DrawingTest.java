package dev.ratelab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.bench.peer.Peers;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a run draws from its seed, and how it sums up what it saw. */
class DrawingTest {
  @Test
  void keysComeFromSeedAndStream() {
    assertThat(keys(1, 0)).isEqualTo(keys(1, 0)).isNotEqualTo(keys(2, 0)).isNotEqualTo(keys(1, 1));
  }

  @Test
  void uniformKeysAreAllAlike() {
    Map<String, Long> counts = counts(Popularity.UNIFORM);

    assertThat(counts).as("nearly every client appears").hasSizeGreaterThan(9_900);
    assertThat(Collections.max(counts.values())).isLessThan(30);
  }

  /** The share of rank k is k^-0.99 / 10.2244: the sum of k^-0.99 over 10,000 ranks is 10.2244. */
  @Test
  void theZipfKeysFollowTheirRanks() {
    Map<String, Long> counts = counts(Popularity.ZIPF);

    for (int rank : new int[] {1, 2, 10, 100}) {
      double expected = (1 << 16) * Math.pow(rank, -0.99) / 10.2244;
      assertThat((double) counts.getOrDefault("user" + (rank - 1), 0L))
          .as("rank " + rank)
          .isCloseTo(expected, within(4 * Math.sqrt(expected)));
    }
  }

  @Test
  void oneHotKeyIsOneKey() {
    assertThat(counts(Popularity.ONE_HOT_KEY)).containsOnlyKeys("user0");
  }

  @ParameterizedTest
  @EnumSource(Popularity.class)
  void aWorkloadsIdNamesIt(Popularity popularity) {
    assertThat(Popularity.of(popularity.id())).isEqualTo(popularity);
  }

  @Test
  void everyRoundHoldsEverySubjectOnce() {
    List<String> subjects = List.of("a", "b", "c", "d", "e");

    List<List<String>> rounds = Turns.orders(subjects, 50, 1);

    assertThat(rounds)
        .hasSize(50)
        .allSatisfy(round -> assertThat(round).containsExactlyInAnyOrderElementsOf(subjects));
    assertThat(new HashSet<>(rounds)).as("in changing orders").hasSizeGreaterThan(20);
    assertThat(Turns.orders(subjects, 50, 1)).isEqualTo(rounds);
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

  /** Forks that differ by a normal and by a skewed (exponential) law, of three noisy iterations each. */
  @ParameterizedTest
  @CsvSource({"5, false, 0.90", "10, false, 0.92", "5, true, 0.86", "10, true, 0.88"})
  void nineteenInTwentyBootstrapIntervalsHoldTheTruth(int forks, boolean skewed, double least) {
    SplittableRandom random = new SplittableRandom(7);
    int runs = 400;
    int hold = 0;
    for (int run = 0; run < runs; run++) {
      double[][] values = new double[forks][3];
      for (double[] fork : values) {
        // A fork differs from the next, and its iterations from each other; the mean is 10 in both.
        double own = skewed ? 9 - Math.log(1 - random.nextDouble()) : 10 + random.nextGaussian();
        Arrays.setAll(fork, i -> own + random.nextGaussian() / 2);
      }
      Interval interval = Interval.bootstrap(values, run);
      hold += interval.low() <= 10 && 10 <= interval.high() ? 1 : 0;
    }

    assertThat((double) hold / runs).isBetween(least, 0.99);
  }

  @Test
  void theBootstrapSeesThatForksDifferMoreThanTheirIterations() {
    double[][] forks = {{10, 10, 10}, {20, 20, 20}, {30, 30, 30}, {40, 40, 40}, {50, 50, 50}};

    Interval interval = Interval.bootstrap(forks, 1);

    assertThat(interval.mean()).isEqualTo(30);
    assertThat(interval.low()).isLessThan(15);
    assertThat(interval.high()).isGreaterThan(45);
    assertThat(Interval.bootstrap(forks, 1)).isEqualTo(interval);
    assertThat(Interval.bootstrap(new double[][] {{10, 10, 10, 10}}, 1))
        .isEqualTo(new Interval(10, 10, 10));
    assertThatThrownBy(() -> Interval.bootstrap(new double[][] {{1}}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two observations");
  }

  /**
   * Runs of two subjects that take turns on a machine that drifts, with disturbances that hit neighbouring turns alike and some
   * that hit one of them, and with processes that differ by luck.
   */
  @ParameterizedTest
  @CsvSource({
    "THROUGHPUT_MEMORY, QUICK, 0.03",
    "THROUGHPUT_REDIS, QUICK, 0.01",
    "THROUGHPUT_MEMORY, FULL, 0.04",
    "THROUGHPUT_REDIS, FULL, 0.01"
  })
  void aTenthLessIsFoundAndTheSameTwiceIsSeldomCalledDifferent(
      Effort effort, Profile profile, double luck) {
    int forks = effort.of(profile).forks();
    int turns = effort.of(profile).turns();
    SplittableRandom random = new SplittableRandom(11);
    int runs = 400;
    int alarms = 0;
    int found = 0;
    int unpaired = 0;
    for (int run = 0; run < runs; run++) {
      double[][] ratios = new double[forks][turns];
      double[][] slowed = new double[forks][turns];
      double[][] absolute = new double[forks][turns];
      for (int fork = 0; fork < forks; fork++) {
        double own = luck * random.nextGaussian();
        double machine = random.nextGaussian() / 3;
        for (int turn = 0; turn < turns; turn++) {
          machine += random.nextGaussian() / 10;
          double common = machine - (random.nextInt(5) == 0 ? random.nextDouble() : 0);
          double alone = random.nextInt(20) == 0 ? random.nextGaussian() / 2 : 0;
          double noise = own + 0.04 * random.nextGaussian() + alone;
          ratios[fork][turn] = Math.exp(noise);
          slowed[fork][turn] = Math.exp(noise) * 0.9;
          absolute[fork][turn] = Math.exp(common + noise);
        }
      }
      Interval same = Interval.ofRatios(ratios, run);
      alarms += same.low() > 1 || same.high() < 1 ? 1 : 0;
      found += Interval.ofRatios(slowed, run).high() < 1 ? 1 : 0;
      Interval rate = Interval.bootstrap(absolute, run);
      unpaired += rate.low() / rate.mean() > 0.9 ? 1 : 0;
    }

    assertThat((double) alarms / runs)
        .as("6 %, and what so many runs leave to chance")
        .isLessThan(0.07);
    assertThat((double) found / runs).as("a tenth less").isGreaterThan(0.8);
    assertThat((double) unpaired / runs)
        .as("runs whose value alone is known to a tenth")
        .isLessThan(0.2);
  }

  /** Processes that differ by nothing, a little or much, and turns of which a fifth is disturbed. */
  @ParameterizedTest
  @CsvSource({
    "THROUGHPUT_MEMORY, QUICK, 0",
    "THROUGHPUT_MEMORY, QUICK, 0.05",
    "THROUGHPUT_MEMORY, FULL, 0.15",
    "THROUGHPUT_REDIS, QUICK, 0",
    "THROUGHPUT_REDIS, QUICK, 0.05",
    "THROUGHPUT_REDIS, FULL, 0.15"
  })
  void theSameTwiceIsSeldomCalledDifferentHoweverMuchProcessesDiffer(
      Effort effort, Profile profile, double luck) {
    Effort.Amount amount = effort.of(profile);
    SplittableRandom random = new SplittableRandom(12);
    int runs = 2_000;
    int alarms = 0;
    for (int run = 0; run < runs; run++) {
      double[][] ratios = new double[amount.forks()][amount.turns()];
      for (double[] fork : ratios) {
        double own = luck * random.nextGaussian();
        Arrays.setAll(
            fork,
            turn -> Math.exp(own + (random.nextInt(5) == 0 ? 0.4 : 0.1) * random.nextGaussian()));
      }
      Interval same = Interval.ofRatios(ratios, run);
      alarms += same.low() > 1 || same.high() < 1 ? 1 : 0;
    }

    assertThat((double) alarms / runs).isLessThan(0.07);
  }

  /** Four processes that do not differ are four times as many turns: Student's percentile is that of the turns. */
  @Test
  void whereProcessesDoNotDifferEveryTurnCounts() {
    double[] fork = {0.9, 0.95, 1, 1, 1.06, 1.1};

    double alone = half(Interval.ofRatios(new double[][] {fork}, 1));
    double four = half(Interval.ofRatios(new double[][] {fork, fork, fork, fork}, 1));

    assertThat(four).isLessThan(alone / 2);
    double[] faster = Arrays.stream(fork).map(x -> 1.2 * x).toArray();
    assertThat(half(Interval.ofRatios(new double[][] {fork, faster, fork, faster}, 1)))
        .as("they do: as few as there are processes")
        .isGreaterThan(2 * four);
  }

  private static double half(Interval interval) {
    return (interval.high() - interval.low()) / 2;
  }

  /** A median is not moved by what disturbs a turn, and the interval not by what drifts in both subjects. */
  @Test
  void aRatioIsThatOfTypicalTurns() {
    double[][] forks = {{2, 2, 2, 2, 90}, {2, 2, 2, 0.1, 2}, {2, 2, 2, 2, 2}};

    Interval ratio = Interval.ofRatios(forks, 1);

    assertThat(ratio.mean()).isCloseTo(2, within(1e-9));
    assertThat(Interval.ofRatios(forks, 1)).isEqualTo(ratio);
    assertThat(Interval.ofRatios(new double[][] {{4, 4, 4}}, 1).high())
        .as("one fork alone: its turns")
        .isCloseTo(4, within(1e-9));
    assertThatThrownBy(() -> Interval.ofRatios(new double[][] {{1}}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two observations");
  }

  @Test
  void aSubjectsIdNamesIt() {
    RedisUnderTest redis = new RedisUnderTest("redis://localhost", "redis", "7.0.15");
    List<Subject> all = new ArrayList<>(Subject.inMemory());
    Subject.CLIENTS.forEach(client -> all.addAll(Subject.onRedis(redis, client)));

    assertThat(all).hasSize(8 + 9 + 9 + Peers.all().size()).doesNotHaveDuplicates();
    assertThat(all).allSatisfy(s -> assertThat(Subject.parse(s.id())).isEqualTo(s));
    assertThat(all.stream().filter(Subject::isLimit).map(Subject::name))
        .containsExactly("clock-read", "ping", "no-op-evalsha", "ping", "no-op-evalsha");
  }

  @Test
  void aPeersRowsNameItAndTheAlgorithmItIsAnInstanceOf() {
    Subject subject = new Subject("redisson", "redis", "redisson");

    assertThat(subject.isLimit()).isFalse();
    assertThat(subject.series("throughput", "half-hot"))
        .isEqualTo(Series.of("throughput")
            .subject("redisson")
            .algorithm("sliding-window-log")
            .backend("redis", "redisson")
            .workload("half-hot"));
  }

  @Test
  void noPeerIsMeasuredOnAClusterItDoesNotKnow() {
    RedisUnderTest cluster = new RedisUnderTest("redis://localhost", "redis-cluster", "7.0.15");

    assertThat(Subject.onRedis(cluster, "lettuce")).hasSize(9);
  }

  private static List<String> keys(long seed, long stream) {
    return keys(Popularity.ZIPF, seed, stream);
  }

  private static Map<String, Long> counts(Popularity popularity) {
    return keys(popularity, 1, 0).stream()
        .collect(Collectors.groupingBy(key -> key, Collectors.counting()));
  }

  private static List<String> keys(Popularity popularity, long seed, long stream) {
    KeySequence keys = KeySequence.ofThread(popularity, seed, stream);
    return IntStream.range(0, 1 << 16).mapToObj(keys::at).toList();
  }
}
