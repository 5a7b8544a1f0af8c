package dev.ratelab.bench.burst;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;

class ArrivalCurveTest {
  @Property
  void isTheMostOfAnyIntervalOfThatLength(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 40) Integer> instants,
      @ForAll @IntRange(min = 1, max = 50) int tau) {
    SortedMap<Long, Long> admitted = new TreeMap<>();
    instants.forEach(at -> admitted.merge((long) at, 1L + at % 3, Long::sum));

    long most = 0;
    for (long end = 0; end <= 40; end++) {
      most = Math.max(most, sum(admitted, end - tau, end));
    }

    assertThat(new ArrivalCurve(admitted).at(tau)).isEqualTo(most);
  }

  @Property
  void theWorstRatioIsOverEveryLength(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 40) Integer> instants) {
    SortedMap<Long, Long> admitted = new TreeMap<>();
    instants.forEach(at -> admitted.merge((long) at, 1L, Long::sum));
    ArrivalCurve curve = new ArrivalCurve(admitted);

    double worst = 0;
    for (long tau = 1; tau <= 30; tau++) {
      worst = Math.max(worst, curve.at(tau) / (double) (3 + tau / 4));
    }

    assertThat(curve.worstRatio(tau -> 3 + tau / 4, 30)).isCloseTo(worst, Offset.offset(1e-12));
  }

  private static long sum(SortedMap<Long, Long> admitted, long after, long upTo) {
    return admitted.subMap(after + 1, upTo + 1).entrySet().stream()
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
