package dev.ratelab.verification.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.replication.Replication.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplicationTest {
  private static final long REQUESTS = 100_000;

  /**
   * N = 2, W = 10. The window before holds 2, both at its last instant. At 10 all deny. At 15 the weight is a half, so 1 + 1
   * fit, where the log holds 2. At 19 the weight is a tenth and 0.2 + 1 + 1 do not fit, where the log holds none and the
   * counter has admitted one.
   */
  @Test
  void threeComparisonsByHand() {
    Tally tally = new Tally(new Limit(2, 10, 2));
    for (long at : new long[] {9, 9, 10, 15, 19}) {
      tally.request(at);
    }

    assertThat(tally.requests()).isEqualTo(5);
    assertThat(tally.sum(Measure.DENIED)).isEqualTo(2);
    assertThat(tally.sum(Measure.WRONGLY_ALLOWED)).isEqualTo(1);
    assertThat(tally.sum(Measure.WRONGLY_DENIED)).isEqualTo(1);
    assertThat(tally.sum(Measure.OWN_OVER)).isEqualTo(1);
    assertThat(tally.sum(Measure.OWN_NEEDLESS)).isEqualTo(1);
    // At 15 the estimate is 2 of 3, at 19 it is 2.2 of 2.
    assertThat(tally.sum(Measure.OWN_ERROR)).isCloseTo(1 / 3.0 + 0.1, within(1e-9));
    // All five counted: at 15 it is 3 of 4, at 19 it is 3.2 of 3; over the limit by either.
    assertThat(tally.sum(Measure.OFFERED_ERROR)).isCloseTo(0.25 + 0.2 / 3, within(1e-9));
    assertThat(tally.sum(Measure.OFFERED_MISSED)).isZero();
    assertThat(tally.sum(Measure.OFFERED_FALSE)).isZero();
  }

  /** Decision against decision is not estimate against truth: the histories part and stay apart. */
  @Test
  void theTwoHistoriesAreKeptApart() {
    Tally tally = new Tally(new Limit(2, 10, 2));
    for (long at : new long[] {0, 0, 10, 20, 20}) {
      tally.request(at);
    }

    // At 10 the log has forgotten both and admits; the counter does not.
    assertThat(tally.sum(Measure.WRONGLY_DENIED)).isEqualTo(1);
    assertThat(tally.sum(Measure.WRONGLY_ALLOWED)).isZero();
    assertThat(tally.sum(Measure.OWN_NEEDLESS)).isEqualTo(1);
    // Everything counted: at 10 there are 3 by estimate and 1 in truth; at 20 it is 2 of 1, then 3
    // of 2.
    assertThat(tally.sum(Measure.OFFERED_FALSE)).isEqualTo(2);
  }

  @Test
  void theLastWindowIsWhatANaiveCountSays() {
    SplittableRandom random = new SplittableRandom(1);
    LastWindow last = new LastWindow(50);
    List<Long> all = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 2_000; i++) {
      now += i % 500 == 0 ? 60 : random.nextInt(3);
      long from = now - 50;
      assertThat(last.count(now))
          .isEqualTo((int) all.stream().filter(at -> at > from).count());
      last.add(now);
      all.add(now);
    }
  }

  @Test
  void theSameSeedGivesTheSameRowsAndAnotherSeedOthers() {
    Workload workload = Workload.heavyTailed(Pattern.ON_OFF, 0.1, 10);
    Row row = Replication.generated(workload, REQUESTS, 1);

    assertThat(Replication.generated(workload, REQUESTS, 1)).isEqualTo(row);
    assertThat(Replication.generated(workload, REQUESTS, 2)).isNotEqualTo(row);
  }

  @Test
  void everyPatternSendsAboutWhatItShould() {
    for (Pattern pattern : Pattern.values()) {
      Row row = Replication.generated(Workload.heavyTailed(pattern, 0.1, 10), REQUESTS, 1);
      assertThat((double) row.requests())
          .as(pattern.id())
          .isBetween(0.6 * REQUESTS, 1.4 * REQUESTS);
    }
  }

  @Test
  void aBoundaryAttackIsWrongAboutHalfTheTime() {
    Row row =
        Replication.generated(Workload.heavyTailed(Pattern.BOUNDARY_ATTACK, 0.1, 100), REQUESTS, 1);

    // N admitted by both, then N - 1 by the counter only.
    assertThat(row.of(Measure.WRONGLY_ALLOWED).value()).isCloseTo(99 / 199.0, within(0.01));
  }

  @Test
  void farBelowTheLimitNothingIsWrong() {
    Row row = Replication.generated(Workload.steady(0.1, 100), REQUESTS, 1);

    assertThat(row.of(Measure.WRONGLY_DENIED).value()).isZero();
    assertThat(row.of(Measure.WRONGLY_ALLOWED))
        .isEqualTo(new BootstrapEstimate(0, 0, 3.0 / row.requests()));
  }

  @Test
  void theIntervalsContainWhatAMuchLongerRunFinds() {
    Workload workload = Workload.steady(1, 10);
    double truth =
        Replication.generated(workload, 20 * REQUESTS, 99).of(Measure.DENIED).value();
    int contained = 0;
    for (int seed = 0; seed < 40; seed++) {
      BootstrapEstimate estimate =
          Replication.generated(workload, REQUESTS / 5, seed).of(Measure.DENIED);
      assertThat(estimate.value()).isBetween(estimate.low(), estimate.high());
      contained += estimate.low() <= truth && truth <= estimate.high() ? 1 : 0;
    }
    // 95 % of 40 are 38; with so few sources, and a bootstrap, somewhat fewer. Never all: then they
    // would be too wide.
    assertThat(contained).isBetween(32, 40);
  }

  @Test
  void aLogGivesWhatItsSourcesGive() {
    Limit limit = new Limit(2, 10, 2);
    Replication.Recorded recorded = Replication.recorded("log", limit, 1);
    for (long at : new long[] {9, 9, 10, 15, 19}) {
      recorded.request("a", at);
      recorded.request("b", at + 10);
    }
    Row row = recorded.row();

    assertThat(row.sources()).isEqualTo(2);
    assertThat(row.requests()).isEqualTo(10);
    assertThat(row.of(Measure.WRONGLY_ALLOWED)).isEqualTo(new BootstrapEstimate(0.2, 0.2, 0.2));
    assertThatThrownBy(() -> row(Map.of()).of(Measure.DENIED))
        .hasMessageContaining("denied was not measured");
  }

  private static Row row(Map<Measure, BootstrapEstimate> measures) {
    return new Row("w", 1, 1, measures);
  }

  @Test
  void theTableShowsSmallSharesAndLargeOnes() {
    Row row =
        Replication.generated(Workload.heavyTailed(Pattern.BOUNDARY_ATTACK, 0.1, 100), REQUESTS, 1);

    assertThat(MarkdownTable.line(row))
        .startsWith("| heavy-tailed-boundary-attack-load-0.1-n-100 |")
        .contains("| 50 (50 to 50) | 0 (0 to ");
    assertThat(MarkdownTable.head()
            .lines()
            .map(line -> line.split("\\|", -1).length)
            .distinct())
        .containsExactly(MarkdownTable.line(row).strip().split("\\|", -1).length);
  }

  @Test
  void tooFewRequestsAreRefused() {
    assertThatThrownBy(() -> Replication.run(1, 999, row -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("requests is 999; accepted: 1000 and more");
  }
}
