package dev.ratelab.bench.simulate;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import java.util.function.Function;

/** Small fleets for tests. */
final class TestFleets {
  static final long START = 1_000_000_000L;

  private TestFleets() {}

  /** Three instances, 20 keys over and under 20 per 100 ms, for a second and a half. */
  static FleetSettings of(Algorithm algorithm) {
    return new FleetSettings(
        3,
        Policy.of("test", algorithm, Limit.of(20, Duration.ofMillis(100)))
            .withLease(Lease.of(6, Duration.ofMillis(50))),
        new FleetSettings.Load(20, 0.99, new ArrivalProcess.Poisson(), 4_000, 1_500_000),
        new FleetSettings.Network(2, 200, 3_000, 300, 0),
        new FleetSettings.Redis(2, 4_100, 6_000, 2_300),
        new FleetSettings.Faults(0, 0, 0, 0),
        new FleetSettings.Batch(1_000, 16),
        10_000,
        7,
        new FleetSettings.Memory(1_000, 10_000));
  }

  /** The same with losses, clocks that are off, and crashes. */
  static FleetSettings faulty(Algorithm algorithm) {
    FleetSettings sound = of(algorithm);
    return new FleetSettings(
        sound.instances(),
        sound.policy(),
        sound.load(),
        new FleetSettings.Network(2, 200, 3_000, 300, 0.02),
        sound.redis(),
        new FleetSettings.Faults(5_000_000, 0, 6, 100_000),
        sound.batch(),
        sound.every(),
        sound.seed(),
        sound.memory());
  }

  /** One instance beside one shard, with 100 permits a second by GCRA. */
  static FleetSettings near(Lease lease) {
    FleetSettings far = of(Algorithm.GCRA);
    return new FleetSettings(
        1,
        Policy.of("test", Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(1))).withLease(lease),
        far.load(),
        new FleetSettings.Network(1, 0, 0, 0, 0),
        new FleetSettings.Redis(1, 0, 0, 0),
        far.faults(),
        far.batch(),
        far.every(),
        far.seed(),
        far.memory());
  }

  /** A design after all its requests. */
  static FleetRun played(FleetSettings settings, Function<FleetRun, FleetDesign> design) {
    FleetRun run = new FleetRun(settings, START, design);
    RequestSource source = new RequestSource(settings, START);
    for (int count = source.next(); count > 0; count = source.next()) {
      run.feed(source, count);
    }
    run.finish();
    return run;
  }
}
