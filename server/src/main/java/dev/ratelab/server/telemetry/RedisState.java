package dev.ratelab.server.telemetry;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis answers, as seen by the calls made, and the log's lines about that: one when it is lost and one when it is back,
 * at most one a second, each with how many calls had failed by then and were not told of. However often Redis comes and goes, no
 * failure is left out of these counts.
 */
final class RedisState {
  private static final Logger LOG = LoggerFactory.getLogger(RedisState.class);
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String client;
  private final LongSupplier nanoTime;
  private final LongAdder failures = new LongAdder();
  private final LongAdder untold = new LongAdder();
  private volatile boolean up = true;
  private volatile boolean toldLost;
  private long lastLine;

  RedisState(String client, LongSupplier nanoTime) {
    this.client = client;
    this.nanoTime = nanoTime;
    lastLine = nanoTime.getAsLong() - QUIET_NANOS;
  }

  String client() {
    return client;
  }

  /** Whether the last call was answered. */
  boolean up() {
    return up;
  }

  /** Calls that were not answered, since the start. */
  long failures() {
    return failures.sum();
  }

  void answered() {
    // Written rarely, so that it costs two reads.
    if (!up) {
      up = true;
    }
    if (toldLost) {
      recovered();
    }
  }

  void failed(Throwable why) {
    failures.increment();
    untold.increment();
    up = false;
    if (!toldLost) {
      lost(why);
    }
  }

  private synchronized void lost(Throwable why) {
    if (toldLost || !lineIsDue()) {
      return;
    }
    toldLost = true;
    LOG.atWarn()
        .setMessage("Redis does not answer")
        .addKeyValue("event", "redis_lost")
        .addKeyValue("client", client)
        .addKeyValue("failures", untold.sumThenReset())
        .addKeyValue("reason", reason(why))
        .log();
  }

  private synchronized void recovered() {
    if (!toldLost || !lineIsDue()) {
      return;
    }
    toldLost = false;
    LOG.atWarn()
        .setMessage("Redis answers again")
        .addKeyValue("event", "redis_recovered")
        .addKeyValue("client", client)
        .addKeyValue("failures", untold.sumThenReset())
        .log();
  }

  private boolean lineIsDue() {
    long now = nanoTime.getAsLong();
    if (now - lastLine < QUIET_NANOS) {
      return false;
    }
    lastLine = now;
    return true;
  }

  private static String reason(Throwable why) {
    String message = why.getMessage();
    return message == null ? why.getClass().getSimpleName() : message;
  }
}
