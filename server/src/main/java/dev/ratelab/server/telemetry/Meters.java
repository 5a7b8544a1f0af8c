package dev.ratelab.server.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/**
 * Makes meters of a metric. Who asks for the same meter again gets it again.
 *
 * @param tags what all of them have
 */
record Meters(MeterRegistry registry, Tags tags) {
  /**
   * A decision in memory takes microseconds, one on Redis a fraction of a millisecond, and none may take longer than its
   * deadline, 250 ms unless another is set. Chosen buckets, each about twice the one before, tell all of that apart with 15 series
   * for each policy; Micrometer's percentile histogram would take 69 for the same range.
   */
  private static final Duration[] BUCKETS = LongStream.of(
          50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
          1_000_000)
      .mapToObj(micros -> Duration.of(micros, ChronoUnit.MICROS))
      .toArray(Duration[]::new);

  /** Makes meters that have these tags, too: names and values in turn. */
  Meters with(String... more) {
    return new Meters(registry, tags.and(more));
  }

  /** What can rise and fall, read when it is asked for. */
  <T> void gauge(ServerMetric metric, T observed, ToDoubleFunction<T> value) {
    Gauge.builder(metric.id(), observed, value)
        .description(metric.meaning)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  /** What only rises and is counted elsewhere, read when it is asked for. */
  <T> void total(ServerMetric metric, T observed, ToDoubleFunction<T> count) {
    FunctionCounter.builder(metric.id(), observed, count)
        .description(metric.meaning)
        .tags(tags)
        .register(registry);
  }

  Counter counter(ServerMetric metric) {
    return Counter.builder(metric.id()).description(metric.meaning).tags(tags).register(registry);
  }

  Timer timer(ServerMetric metric) {
    return Timer.builder(metric.id())
        .description(metric.meaning)
        .tags(tags)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  void forget(Meter meter) {
    registry.remove(meter);
  }
}
