package dev.ratelab.server.policies;

import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.server.check.ActivePolicies;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The policies that are served now. They change while the server runs when their source does; what is wrong there changes nothing,
 * and is told once. Who answers a request asks once, so a request is decided under the policies that it began with.
 */
public final class LivePolicies implements Supplier<ActivePolicies>, AutoCloseable {
  /** How often the source is looked at. */
  static final Duration PERIOD = Duration.ofMillis(250);

  private static final Logger LOG = LoggerFactory.getLogger(LivePolicies.class);

  private final PolicySource source;
  private final PolicySnapshot.Reader reader;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
      new DefaultThreadFactory("ratelab-policies", true));
  private volatile PolicySnapshot current;
  /** What was read last, whether right or wrong. */
  private PolicySource.@Nullable Found taken;

  private @Nullable ConfigurationException fault;

  private Consumer<PolicySnapshot> listener = loaded -> {};
  /** What is wrong with the source, as it was told, or null. */
  private @Nullable String trouble;

  /**
   * Reads the policies for the first time.
   *
   * @throws ConfigurationException if they are wrong
   * @throws RedisFailure if they are in Redis, and it does not answer
   */
  public LivePolicies(PolicySource source, PolicySnapshot.Reader reader)
      throws ConfigurationException {
    this.source = source;
    this.reader = reader;
    PolicySource.Found first = source.look();
    current = reader.read(first.document());
    taken = first;
    source.serves(first);
  }

  private LivePolicies(
      PolicySource source,
      PolicySnapshot.Reader reader,
      PolicySource.Found first,
      PolicySnapshot current) {
    this.source = source;
    this.reader = reader;
    this.taken = first;
    this.current = current;
  }

  /** Serves policies that were read before. Throws {@link ConfigurationException} if one needs Redis, and none is open. */
  public static LivePolicies starting(
      StartingPolicies start, BackendLimiters limiters, PolicySnapshot.Reader reader)
      throws ConfigurationException {
    return new LivePolicies(
        start.source(),
        reader,
        start.found(),
        limiters.load(start.document(), start.configuration()));
  }

  /** From now on looks by itself every {@link #PERIOD}, and tells of all that is served, now and whenever it is other than before. */
  public synchronized void start(Consumer<PolicySnapshot> told) {
    listener = told;
    told.accept(current);
    var unused = timer.scheduleWithFixedDelay(
        this::poll, PERIOD.toNanos(), PERIOD.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public ActivePolicies get() {
    return current.served();
  }

  String name() {
    return source.name();
  }

  PolicySnapshot loaded() {
    return current;
  }

  /**
   * Looks once. Never throws: the timer would look no more, and say nothing. An Error, too, is told here and ends no process: what a
   * document makes a parser do says nothing of the threads that serve, which go on by the policies from before. The memory's end is
   * the exception: the JVM ends by itself ({@code -XX:+ExitOnOutOfMemoryError}).
   */
  synchronized void poll() {
    try {
      look();
      if (trouble != null) {
        warn("policies_right", source.name() + ": the policies there are right and served", null);
      }
      trouble = null;
    } catch (ConfigurationException e) {
      tell(e.oneLine(), null);
    } catch (RedisFailure e) {
      tell(source.name() + ": Redis does not give them", null);
    } catch (Throwable e) {
      tell("%s: %s".formatted(source.name(), e), stack(e));
    }
  }

  private void look() throws ConfigurationException {
    PolicySource.Found found = source.look();
    if (!found.equals(taken)) {
      take(found);
    } else if (fault != null) {
      throw fault;
    }
  }

  /** What breaks in any other way than by the content's fault is tried again. */
  private void take(PolicySource.Found found) throws ConfigurationException {
    try {
      PolicySnapshot loaded = reader.read(found.document());
      current = loaded;
      source.serves(found);
      listener.accept(loaded);
      fault = null;
    } catch (ConfigurationException e) {
      fault = e;
    }
    taken = found;
    if (fault != null) {
      throw fault;
    }
    LOG.atInfo()
        .addKeyValue("event", "policies_loaded")
        .addKeyValue("source", source.name())
        .log("other policies from " + source.name());
  }

  /** Once, however often it is found. What a call that is cut off by closing meets is no trouble. */
  private void tell(String what, @Nullable String stack) {
    if (!what.equals(trouble) && !timer.isShutdown()) {
      warn("policies_kept", what + "; the policies from before are still served", stack);
      trouble = what;
    }
  }

  /** As text: to log an Error itself ends the process, see ErrorExit. */
  private static String stack(Throwable why) {
    StringWriter stack = new StringWriter();
    why.printStackTrace(new PrintWriter(stack));
    return stack.toString();
  }

  private static void warn(String event, String message, @Nullable String stack) {
    LoggingEventBuilder line = LOG.atWarn().setMessage(message).addKeyValue("event", event);
    if (stack != null) {
      line = line.addKeyValue("stack", stack);
    }
    line.log();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    source.close();
  }
}
