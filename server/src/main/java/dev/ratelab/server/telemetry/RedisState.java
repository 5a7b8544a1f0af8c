package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.FailureCause;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis decides, and the log's lines about that: one when it is lost and one when it is back, at most one a second, each with how many calls had failed by then and were not told of. However often Redis comes and goes, no
 * failure is left out of these counts. A call that is late says nothing by itself: its deadline may be one that no Redis can hold.
 */
final class RedisState {
  private static final Logger LOG = LoggerFactory.getLogger(RedisState.class);
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String client;
  private final LongSupplier nanoTime;
  private final LongAdder failures = new LongAdder();
  private final LongAdder untold = new LongAdder();
  private volatile boolean up;
  private volatile boolean toldLost;
  /** Whether a call has failed since the last decision of the server's own. */
  private volatile boolean failed;
  /** Whether one was refused or broken off since then. */
  private volatile boolean broken;

  private long lastLine;

  RedisState(String client, LongSupplier nanoTime) {
    this.client = client;
    this.nanoTime = nanoTime;
    lastLine = nanoTime.getAsLong() - QUIET_NANOS;
  }

  String client() {
    return client;
  }

  /** Whether the last decision of the server's own was made; not before the first. */
  boolean up() {
    return up;
  }

  /** Calls that were not answered, since the start. */
  long failures() {
    return failures.sum();
  }

  void late() {
    failures.increment();
    untold.increment();
    failed = true;
  }

  /** A call was refused or broken off. */
  void broken(Throwable why) {
    late();
    broken = true;
    lost(why);
  }

  /**
   * A decision of the server's own was not made. One that was made by others tells little: a denial writes nothing, so a
   * replica gives it, and a Redis whose memory is full.
   */
  void undecided(Throwable why) {
    up = false;
    lost(why);
  }

  /** It was made. That is told once no call was broken since the one before, or a fault that only some calls meet would be told again and again. */
  void decided() {
    up = true;
    failed = false;
    boolean quiet = !broken;
    broken = false;
    if (quiet) {
      recovered();
    }
  }

  /** Whether there is something to be found out. */
  boolean inDoubt() {
    return !up || toldLost || failed;
  }

  private void lost(Throwable why) {
    // Read without the lock: while Redis is away every call comes here.
    if (!toldLost) {
      tellLost(why);
    }
  }

  private synchronized void tellLost(Throwable why) {
    if (toldLost || !lineIsDue()) {
      return;
    }
    toldLost = true;
    LOG.atWarn()
        .addKeyValue("event", "redis_lost")
        .addKeyValue("client", client)
        .addKeyValue("failures", untold.sumThenReset())
        .addKeyValue("reason", FailureCause.told(why))
        .log("Redis does not decide");
  }

  private synchronized void recovered() {
    if (!toldLost || !lineIsDue()) {
      return;
    }
    toldLost = false;
    LOG.atWarn()
        .addKeyValue("event", "redis_recovered")
        .addKeyValue("client", client)
        .addKeyValue("failures", untold.sumThenReset())
        .log("Redis decides again");
  }

  private boolean lineIsDue() {
    long now = nanoTime.getAsLong();
    if (now - lastLine < QUIET_NANOS) {
      return false;
    }
    lastLine = now;
    return true;
  }
}
