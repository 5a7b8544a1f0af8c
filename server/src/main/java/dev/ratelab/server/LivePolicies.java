package dev.ratelab.server;

import dev.ratelab.limiter.redis.RedisFailure;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policies that are served now. They change while the server runs when their source does; what is wrong there changes nothing,
 * and is told once. Who answers a request asks once, so a request is decided under the policies that it began with.
 */
final class LivePolicies implements Supplier<Served>, AutoCloseable {
  /** How often the source is looked at. A file counts the second time that it is seen: half a second at most. */
  static final Duration PERIOD = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(LivePolicies.class);

  private final PolicySource source;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "ratelab-policies");
        thread.setDaemon(true);
        return thread;
      });
  private volatile Loaded current;
  private Consumer<Loaded> listener = loaded -> {};
  /** What is wrong with the source, as it was told, or null. */
  private @Nullable String trouble;

  /**
   * Loads the policies for the first time.
   *
   * @throws ConfigurationException if they are wrong
   * @throws RedisFailure if they are in Redis, and it does not answer
   */
  LivePolicies(PolicySource source) throws ConfigurationException {
    this.source = source;
    current = source.load();
  }

  /** From now on looks by itself every {@link #PERIOD}, and tells of all that is served, now and whenever it is other than before. */
  synchronized void start(Consumer<Loaded> told) {
    listener = told;
    told.accept(current);
    var unused = timer.scheduleWithFixedDelay(
        this::poll, PERIOD.toNanos(), PERIOD.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The policies and who decides them. */
  @Override
  public Served get() {
    return current.served();
  }

  /** Where they come from. */
  String name() {
    return source.name();
  }

  /** What is served now, and what it was read from. */
  Loaded loaded() {
    return current;
  }

  /** Looks once. Never throws. */
  synchronized void poll() {
    try {
      Loaded found = source.poll();
      if (found != null) {
        current = found;
        listener.accept(found);
        LOG.atInfo()
            .setMessage("other policies from " + source.name())
            .addKeyValue("event", "policies_loaded")
            .addKeyValue("source", source.name())
            .log();
      }
      if (trouble != null) {
        warn("policies_right", source.name() + ": the policies there are right and served");
      }
      trouble = null;
    } catch (ConfigurationException e) {
      tell(e.oneLine());
    } catch (RedisFailure e) {
      tell(source.name() + ": Redis does not answer");
    } catch (RuntimeException e) {
      tell("%s: %s".formatted(source.name(), e));
    }
  }

  /** Once, however often it is found. What a call that is cut off by closing meets is no trouble. */
  private void tell(String what) {
    if (!what.equals(trouble) && !timer.isShutdown()) {
      warn("policies_kept", what + "; the policies from before are still served");
      trouble = what;
    }
  }

  private static void warn(String event, String message) {
    LOG.atWarn().setMessage(message).addKeyValue("event", event).log();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
