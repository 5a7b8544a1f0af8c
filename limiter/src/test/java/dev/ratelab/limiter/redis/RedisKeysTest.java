package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import io.lettuce.core.cluster.SlotHash;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisKeysTest {
  private static final int SETS = 31;

  /** A running deployment would lose its counters if one of these changed. */
  @ParameterizedTest
  @CsvSource({
    "fixed-window, 10, 10, AMcv0p",
    "sliding-window-counter, 10, 10, Bx1r2Z",
    "sliding-window-log, 10, 10, QuD0tR",
    "token-bucket, 5, 10, DaTtAs",
    "gcra, 5, 10, yLdwEV",
    "leaky-bucket, 5, 10, xTSR00",
    "sliding-window-buckets, 10, 10, faORgP",
    "sliding-window-buckets, 10, 4, rK_a6b",
  })
  void aRuleIsNamedTheSameForEver(String algorithm, long burst, int buckets, String rule) {
    Limit limit = new Limit(10, 1_000_000, burst, buckets);

    assertThat(RedisKeys.prefix("n", Policy.of("p", Algorithm.of(algorithm), limit)))
        .isEqualTo("n:p:" + rule + ":");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 47DEQpj8HBSa-_TImW-5JA, {63}:",
    "alice, 9_n6hKBxND29r91K816YAQ, {103}:",
  })
  void aTagIsTheSameForEver(String text, String hash, String tag) {
    assertThat(RedisKeys.hash(text)).isEqualTo(hash);
    assertThat(RedisKeys.tagText(RedisKeys.tag(hash))).isEqualTo(tag);
  }

  /** Nodes of a cluster have equal ranges of slots. */
  @ParameterizedTest
  @CsvSource({"1, 64, 64", "2, 32, 32", "3, 21, 22", "4, 16, 16", "6, 10, 11", "12, 5, 6"})
  void tagsSpreadOverTheNodesOfACluster(int nodes, int least, int most) {
    int[] tags = new int[nodes];
    for (int tag = 0; tag < RedisKeys.TAGS; tag++) {
      tags[node(RedisKeys.tagText(tag), nodes)]++;
    }
    assertThat(Arrays.stream(tags).summaryStatistics())
        .returns(least, IntSummaryStatistics::getMin)
        .returns(most, IntSummaryStatistics::getMax);
  }

  /** Told in docs/policies.md: the largest node's share in percent with a tag for each key and with few, the median of many sets of keys. */
  @ParameterizedTest
  @CsvSource({
    "3, 0, 34, 34",
    "3, 1, 40, 39",
    "6, 0, 17, 18",
    "6, 1, 25, 25",
    "12, 0, 9, 10",
    "12, 1, 17, 17"
  })
  void fewTagsCostLittleBalance(int nodes, double skew, long perKey, long perTag) {
    double[] byKey = new double[SETS];
    double[] byTag = new double[SETS];
    for (int set = 0; set < SETS; set++) {
      List<String> keys = keys(set);
      byKey[set] = largestShare(keys, nodes, skew);
      byTag[set] = largestShare(
          keys.stream().map(key -> RedisKeys.tagText(RedisKeys.tag(key))).toList(), nodes, skew);
    }
    Arrays.sort(byKey);
    Arrays.sort(byTag);
    assertThat(new long[] {Math.round(100 * byKey[SETS / 2]), Math.round(100 * byTag[SETS / 2])})
        .containsExactly(perKey, perTag);
  }

  private static List<String> keys(int set) {
    return IntStream.range(0, 10_000)
        .mapToObj(i -> RedisKeys.hash("set" + set + "key" + i))
        .toList();
  }

  private static double largestShare(List<String> keys, int nodes, double skew) {
    double[] shares = new double[nodes];
    for (int i = 0; i < keys.size(); i++) {
      shares[node(keys.get(i), nodes)] += Math.pow(i + 1, -skew);
    }
    DoubleSummaryStatistics statistics = Arrays.stream(shares).summaryStatistics();
    return statistics.getMax() / statistics.getSum();
  }

  private static int node(String key, int nodes) {
    return SlotHash.getSlot(RedisKeys.ascii(key)) * nodes / SlotHash.SLOT_COUNT;
  }
}
