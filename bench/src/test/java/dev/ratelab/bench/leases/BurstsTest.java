package dev.ratelab.bench.leases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.leases.SharedLoad.Arrival;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BurstsTest {
  private static final Subject GCRA = new Subject("gcra", Measurement.SIMULATED, Measurement.NONE);

  @TempDir
  private Path directory;

  /** A size is known for two leases: with 100 ms that is less than a window. */
  @ParameterizedTest
  @ValueSource(ints = {100, 1_000})
  void moreIsAdmittedThanWithoutALease(int millis) throws Exception {
    Lease lease = Lease.of(100, Duration.ofMillis(millis));
    Run run = TestRuns.of(directory, Limit.of(1, Duration.ofSeconds(1)), null);

    new ErrorByAlgorithm(run).measure(SharedLoad.BURSTS, Algorithm.GCRA, lease);

    String workload = "%s-lease-100-for-%sms".formatted(SharedLoad.BURSTS.id, millis);
    double most = TestRuns.value(run, GCRA.leased(lease), workload, "max-in-window");
    assertThat(most).as("E(W) is 1,999").isGreaterThan(1_999);
  }

  /** After 965 ms it does so by itself. */
  @ParameterizedTest
  @ValueSource(ints = {100, 300, 964, 965, 966, 1_000})
  void aWindowEndsWhenAllWasAskedForAtOnce(int millis) {
    Policy policy = Policy.of("p", Algorithm.FIXED_WINDOW, Limit.of(1_000, Duration.ofSeconds(1)))
        .withLease(Lease.of(100, Duration.ofMillis(millis)));
    List<Arrival> arrivals = Bursts.arrivals(policy, 4);
    long after = arrivals.get(arrivals.size() - 2_000).at() / 1_000;

    long begin = Bursts.toWindowEnd(policy);

    assertThat(begin).isBetween(0L, SharedLoad.SECOND - 1);
    assertThat((begin + after) % SharedLoad.SECOND).isZero();
  }
}
