package dev.ratelab.server.telemetry;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of rejected requests: at most one line a second, with the status of one of them and how many there were since the
 * line before. What was sent is not told, since it may hold a key.
 */
final class SampledRejections {
  private static final Logger LOG = LoggerFactory.getLogger(SampledRejections.class);
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final LongAdder untold = new LongAdder();
  private final AtomicLong lastLine;

  SampledRejections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    lastLine = new AtomicLong(nanoTime.getAsLong() - QUIET_NANOS);
  }

  void rejected(int status) {
    untold.increment();
    long now = nanoTime.getAsLong();
    long last = lastLine.get();
    if (now - last >= QUIET_NANOS && lastLine.compareAndSet(last, now)) {
      LOG.atInfo()
          .addKeyValue("event", "rejected")
          .addKeyValue("status", status)
          .addKeyValue("count", untold.sumThenReset())
          .log("requests were rejected");
    }
  }
}
