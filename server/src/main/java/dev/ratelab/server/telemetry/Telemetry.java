package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.server.telemetry.TopDenied.Who;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one server tells about itself: its metrics, and the figures of the last second. Labels are the names of policies and
 * algorithms and a few words of ours, never anything that a client sends, so their number is bounded.
 *
 * <p>All that is not a count runs on one thread of its own, so that no connection waits for a scrape.
 */
public final class Telemetry implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Meters meters = new Meters(registry, Tags.empty());
  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
      new DefaultThreadFactory("ratelab-telemetry", true));
  private final SharedScrape scrape = new SharedScrape(executor, registry::scrape);
  private final LongAdder inFlight = new LongAdder();
  private final LiveFigures figures = new LiveFigures(this::who);
  private final LiveTicks live = new LiveTicks(executor, figures, inFlight::sum);
  private final Pseudonyms pseudonyms = new Pseudonyms();
  private final SampledRejections log = new SampledRejections(System::nanoTime);
  private final Map<Integer, Counter> rejections = new ConcurrentHashMap<>();
  private final Map<Dropped, Counter> drops = new EnumMap<>(Dropped.class);
  private final Map<String, DecisionMeters> policies = new ConcurrentHashMap<>();
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final Counter rejectedChecks = DecisionMeters.rejectedChecks(meters);
  private volatile Set<String> namedTenants = Set.of();
  private @Nullable RedisState redis;

  private final Traces traces;

  private Telemetry(Traces traces) {
    this.traces = traces;
    meters.gauge(ServerMetric.DECISIONS_IN_FLIGHT, inFlight, LongAdder::sum);
    for (Dropped why : Dropped.values()) {
      drops.put(
          why, meters.with("reason", why.label()).counter(ServerMetric.HTTP_CONNECTIONS_DROPPED));
    }
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    garbage.bindTo(registry);
  }

  public static Telemetry create() {
    return new Telemetry(Traces.none());
  }

  /** The same, with traces, which are closed with it. */
  public static Telemetry create(Traces traces) {
    return new Telemetry(traces);
  }

  public Traces traces() {
    return traces;
  }

  /**
   * Makes the meters of these policies, so that they are shown before the first decision, forgets those of policies that are no
   * more or have another algorithm, since policies may change for ever, and remembers which tenants are named in the configuration.
   */
  public void announce(PolicySet announced) {
    Map<String, String> algorithms = new HashMap<>();
    announced
        .all()
        .forEach(
            policy -> algorithms.put(policy.name(), policy.policy().algorithm().id()));
    policies.forEach((policy, known) -> {
      if (!known.algorithm().equals(algorithms.get(policy)) && policies.remove(policy, known)) {
        known.all().forEach(meters::forget);
      }
    });
    announced.all().forEach(policy -> meters(policy.policy()));
    namedTenants = Set.copyOf(announced.tenants());
  }

  /** This limiter, its decisions counted and timed; it answers also where the limiter fails. */
  public RateLimiter metered(RateLimiter limiter) {
    return new MeteredRateLimiter(limiter, this);
  }

  /** So many decisions are asked for. Returns what {@link #ended} is to be told of each. */
  long started(int decisions) {
    inFlight.add(decisions);
    return System.nanoTime();
  }

  /** It was made. Each policy's own answer is counted, and timed as long as all of them took. */
  void ended(Request request, RequestDecision made, long started) {
    long nanos = System.nanoTime() - started;
    inFlight.decrement();
    boolean allowed = made.allowed();
    List<PolicyDecision> answers = made.policies();
    for (int i = 0; i < answers.size(); i++) {
      meters(request.policies().get(i).policy()).ended(answers.get(i), allowed, nanos);
    }
    figures.ended(request, made, nanos);
  }

  /** This client, its calls counted and timed. To be used once: a server has one Redis. */
  public RedisClient metered(RedisClient client) {
    String name = client.name();
    RedisState state = new RedisState(name, System::nanoTime);
    redis = state;
    live.show(state);
    Meters ofClient = meters.with("client", name);
    ofClient.gauge(ServerMetric.REDIS_UP, state, known -> known.up() ? 1 : 0);
    Timer duration = ofClient.timer(ServerMetric.REDIS_CALL_DURATION);
    return new MeteredRedis(
        client,
        state,
        duration,
        ofClient.with("kind", "timeout").counter(ServerMetric.REDIS_ERRORS),
        ofClient.with("kind", "error").counter(ServerMetric.REDIS_ERRORS),
        traces);
  }

  /**
   * Finds out whether Redis decides: when asked, after a call that failed, and again and again while it does not. To be used once, after {@link #metered}.
   *
   * @param decision makes a decision of the server's own over a client that is not metered, and completes exceptionally if Redis does
   *     not make it
   * @return asks, at most once in a quarter of a second; completes as the decision does
   */
  public Supplier<CompletionStage<?>> probing(Supplier<? extends CompletionStage<?>> decision) {
    RedisProbe probe = new RedisProbe(
        Objects.requireNonNull(redis, "no Redis is metered"), decision, System::nanoTime);
    long period = RedisProbe.PERIOD.toNanos();
    var unused = executor.scheduleWithFixedDelay(
        new LoggedTask(probe::askInDoubt), period, period, TimeUnit.NANOSECONDS);
    return probe::ask;
  }

  /** Shows how many counters the store in memory holds and has dropped. To be used once. */
  public void observe(MemoryRateLimiter store) {
    live.show(store);
    meters.gauge(ServerMetric.STORE_COUNTERS, store, MemoryRateLimiter::counters);
    meters.total(ServerMetric.STORE_EVICTIONS, store, MemoryRateLimiter::droppedCounters);
    meters.total(ServerMetric.STORE_LOST_LIVE_COUNTERS, store, MemoryRateLimiter::lostLiveCounters);
  }

  /** Shows what stands before Redis: the breaker, and how many decisions wait. To be used once. */
  public void observe(GuardedRateLimiter guarded) {
    for (String state : List.of("closed", "open", "half-open")) {
      meters
          .with("state", DecisionMeters.label(state))
          .gauge(
              ServerMetric.BREAKER_STATE, guarded, known -> known.breaker().equals(state) ? 1 : 0);
    }
    meters.gauge(ServerMetric.REDIS_IN_FLIGHT, guarded, GuardedRateLimiter::inFlight);
    meters.gauge(ServerMetric.REDIS_IN_FLIGHT_LIMIT, guarded, GuardedRateLimiter::maxInFlight);
  }

  /** Shows what is decided on what was borrowed from Redis. To be used once. */
  public void observe(LeasedRateLimiter leased) {
    meters
        .with("outcome", CheckOutcome.ALLOWED.label())
        .total(ServerMetric.LEASES_DECISIONS, leased, LeasedRateLimiter::admittedHere);
    meters
        .with("outcome", CheckOutcome.DENIED.label())
        .total(ServerMetric.LEASES_DECISIONS, leased, LeasedRateLimiter::deniedHere);
    meters.total(ServerMetric.LEASES_ASKED, leased, LeasedRateLimiter::asked);
    meters.total(ServerMetric.LEASES_BORROWED, leased, LeasedRateLimiter::borrowed);
    meters.total(ServerMetric.LEASES_LAPSED, leased, LeasedRateLimiter::lapsed);
    meters.gauge(ServerMetric.LEASES_COUNTERS, leased, LeasedRateLimiter::counters);
  }

  public void observeConnections(IntSupplier open) {
    meters.gauge(ServerMetric.HTTP_CONNECTIONS, open, IntSupplier::getAsInt);
  }

  public void observeReaders(IntSupplier readers) {
    meters.gauge(ServerMetric.LIVE_READERS, readers, IntSupplier::getAsInt);
  }

  /** A request was answered with an error of its sender's. */
  public void rejected(int status) {
    rejections.computeIfAbsent(status, this::rejections).increment();
    log.rejected(status);
  }

  /** A connection was closed that its client would have kept. */
  public void dropped(Dropped why) {
    Objects.requireNonNull(drops.get(why), "each reason has a counter").increment();
  }

  /** A check was bad input; it is to be told to {@link #rejected} as well. */
  public void rejectedCheck() {
    rejectedChecks.increment();
    figures.rejected();
  }

  /** The metrics in Prometheus' text format 0.0.4, with everything in them that was counted before the call. */
  public CompletionStage<String> exposition() {
    return scrape.ask();
  }

  /** From now on a reader gets the figures of each second, as JSON. One reader at a time. */
  public void watch(Consumer<String> reader) {
    live.watch(reader);
  }

  public void unwatch() {
    live.unwatch();
  }

  @Override
  public void close() {
    unwatch();
    executor.shutdownNow();
    garbage.close();
    registry.close();
    traces.close();
  }

  /** A tenant of the configuration is the operator's own word; all else is a client's. */
  private Who who(String policy, Request request) {
    String tenant = request.tenant();
    if (tenant == null) {
      return new Who(policy, false, pseudonyms.of(request.key()));
    }
    return new Who(policy, true, namedTenants.contains(tenant) ? tenant : pseudonyms.of(tenant));
  }

  private DecisionMeters meters(Policy policy) {
    String algorithm = policy.algorithm().id();
    DecisionMeters known = policies.get(policy.name());
    if (known != null && known.algorithm().equals(algorithm)) {
      return known;
    }
    DecisionMeters made = DecisionMeters.of(meters, policy.name(), algorithm);
    policies.put(policy.name(), made);
    return made;
  }

  private Counter rejections(int status) {
    return meters.with("status", Integer.toString(status)).counter(ServerMetric.HTTP_REJECTIONS);
  }
}
