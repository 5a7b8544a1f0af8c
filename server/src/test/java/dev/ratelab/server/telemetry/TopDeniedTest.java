package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.telemetry.TopDenied.Denied;
import dev.ratelab.server.telemetry.TopDenied.Who;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TopDeniedTest {

  /** What the paper promises, on any order of denials. */
  @Property
  void countsAreOffByAtMostTheirErrorAndWhoIsFrequentIsThere(
      @ForAll @Size(max = 300) List<@IntRange(max = 20) Integer> keys,
      @ForAll @IntRange(min = 1, max = 8) int counters) {
    TopDenied top = new TopDenied(counters);
    Map<String, Long> truth = new HashMap<>();
    for (int key : keys) {
      top.add(new Who("p", false, "" + key));
      truth.merge("" + key, 1L, Long::sum);
    }

    List<Denied> found = top.top(Integer.MAX_VALUE);

    Set<String> there = new HashSet<>();
    for (Denied denied : found) {
      there.add(denied.who().name());
      assertThat(denied.count())
          .isBetween(
              truth.get(denied.who().name()), truth.get(denied.who().name()) + denied.error());
      assertThat(denied.error()).isLessThanOrEqualTo(keys.size() / counters);
    }
    assertThat(found).hasSizeLessThanOrEqualTo(counters);
    assertThat(found).isSortedAccordingTo((a, b) -> Long.compare(b.count(), a.count()));
    truth.forEach((key, count) -> {
      if (count > keys.size() / counters) {
        assertThat(there).contains(key);
      }
    });
  }

  @Test
  void oneNameOfTwoPoliciesOrOfATenantAndAKeyIsTwo() {
    TopDenied top = new TopDenied(4);
    top.add(new Who("a", false, "name"));
    top.add(new Who("b", true, "name"));
    top.add(new Who("b", false, "name"));
    top.add(new Who("b", false, "name"));

    assertThat(top.top(1)).singleElement().satisfies(first -> {
      assertThat(first.who()).isEqualTo(new Who("b", false, "name"));
      assertThat(first.count()).isEqualTo(2);
    });
  }
}
