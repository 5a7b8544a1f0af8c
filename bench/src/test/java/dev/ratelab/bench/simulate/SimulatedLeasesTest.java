package dev.ratelab.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.PolicyOracle;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.verification.oracle.Oracle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The theorem of leases over every interval of the most popular key, with losses, crashes and clocks that are off. */
class SimulatedLeasesTest {
  @ParameterizedTest
  @EnumSource
  void noIntervalPassesTheBoundOfTheTheorem(Algorithm algorithm) {
    FleetSettings settings = TestFleets.faulty(algorithm);

    assertThat(worst(settings, bound(settings), BorrowLeases::fixed)).isBetween(0.1, 1.0);
    assertThat(worst(settings, bound(settings), BorrowLeases::adaptive)).isBetween(0.1, 1.0);
  }

  /** A block that can be spent for twice its time, as one whose end counts from an answer that came so late. */
  @Test
  void aBlockKeptAfterItsEndPassesIt() {
    FleetSettings right = TestFleets.near(new Lease(20, 100_000));
    FleetSettings kept = TestFleets.near(new Lease(20, 200_000));

    assertThat(
            worst(right, bound(right), BorrowLeases::fixed, SimulatedLeasesTest::burstAfterSilence))
        .isBetween(0.8, 1.0);
    assertThat(
            worst(kept, bound(right), BorrowLeases::fixed, SimulatedLeasesTest::burstAfterSilence))
        .isGreaterThan(1.0);
  }

  /** One request, that an instance borrows for, and many, a microsecond apart, when the counter is full again. */
  private static int burstAfterSilence(RequestSource source) {
    int count = 151;
    for (int i = 0; i < count; i++) {
      source.at[i] = TestFleets.START + (i == 0 ? 0 : 199_000 + i);
      source.instance[i] = 0;
      source.key[i] = 0;
    }
    return count;
  }

  @Test
  void countsThatComeLatePassIt() {
    FleetSettings settings = TestFleets.of(Algorithm.GCRA);

    assertThat(worst(settings, bound(settings), CountAsynchronously::new)).isGreaterThan(1.0);
  }

  /** The largest share of the bound that any interval of the first key reaches. */
  private static double worst(
      FleetSettings settings, LongUnaryOperator bound, Function<FleetRun, FleetDesign> design) {
    return worst(settings, bound, design, RequestSource::next);
  }

  private static double worst(
      FleetSettings settings,
      LongUnaryOperator bound,
      Function<FleetRun, FleetDesign> design,
      ToIntFunction<RequestSource> requests) {
    List<Long> at = new ArrayList<>();
    FleetTally tally = new FleetTally(settings) {
      @Override
      void admit(int key, long decided, long delay) {
        super.admit(key, decided, delay);
        if (key == 0) {
          at.add(decided);
        }
      }
    };
    FleetRun run = new FleetRun(settings, TestFleets.START, tally, design);
    RequestSource source = new RequestSource(settings, TestFleets.START);
    // The loads here fit a source's arrays once.
    run.feed(source, requests.applyAsInt(source));
    run.finish();
    at.sort(null);
    return worst(at, bound);
  }

  private static LongUnaryOperator bound(FleetSettings settings) {
    Oracle oracle =
        PolicyOracle.of(settings.policy().algorithm(), settings.policy().limit());
    Lease lease = settings.lease();
    return tau -> Math.min(
        oracle.bound(tau + lease.micros() - 1).longValueExact(),
        oracle.bound(tau).longValueExact() + settings.instances() * lease.permits());
  }

  private static double worst(List<Long> at, LongUnaryOperator bound) {
    double worst = 0;
    for (int first = 0; first < at.size(); first++) {
      for (int last = first; last < Math.min(at.size(), first + 600); last++) {
        double most = (double) bound.applyAsLong(at.get(last) - at.get(first) + 1);
        worst = Math.max(worst, (last - first + 1) / most);
      }
    }
    return worst;
  }
}
