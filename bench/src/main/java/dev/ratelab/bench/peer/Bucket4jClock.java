package dev.ratelab.bench.peer;

import dev.ratelab.limiter.TimeSource;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;

/** Bucket4j's clock, as one of ours. */
record Bucket4jClock(TimeSource time) implements TimeMeter {
  /** Its own clock counts milliseconds. */
  private static final long UNIT_MICROS = 1_000;

  @Override
  public long currentTimeNanos() {
    return time.micros() * 1_000;
  }

  @Override
  public boolean isWallClockBased() {
    return true;
  }

  /** What its verbose calls tell. */
  static Answer answer(ConsumptionProbe probe) {
    return new Answer(
        probe.isConsumed(),
        probe.getRemainingTokens(),
        toldWait(probe.getNanosToWaitForRefill()),
        toldWait(probe.getNanosToWaitForReset()));
  }

  private static ToldWait toldWait(long nanos) {
    return new ToldWait(-Math.floorDiv(-nanos, 1_000), UNIT_MICROS);
  }
}
