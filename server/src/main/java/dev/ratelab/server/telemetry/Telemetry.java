package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
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
import dev.ratelab.server.telemetry.DecisionMeters.Failure;
import dev.ratelab.server.telemetry.TopDenied.Denied;
import dev.ratelab.server.telemetry.TopDenied.Who;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one server tells about itself: its metrics, and the figures of the last second. Labels are the names of policies and
 * algorithms and a few words of ours, never anything that a client sends, so their number is bounded.
 *
 * <p>All that is not a count runs on one thread of its own, so that no connection waits for a scrape.
 */
public final class Telemetry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

  /** What an outcome is counted under that belongs to no policy. */
  private static final String NONE = "none";

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

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
      new DefaultThreadFactory("ratelab-telemetry", true));
  private final LongAdder inFlight = new LongAdder();
  private final LiveFigures figures = new LiveFigures(this::who);
  private final Pseudonyms pseudonyms = new Pseudonyms();
  private final SampledRejections log = new SampledRejections(System::nanoTime);
  private final Map<Integer, Counter> rejections = new ConcurrentHashMap<>();
  private final Map<Dropped, Counter> drops = new EnumMap<>(Dropped.class);
  private final Map<String, DecisionMeters> meters = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable CompletableFuture<String>> scrape =
      new AtomicReference<>();
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final Counter rejectedChecks = outcome(NONE, NONE, CheckOutcome.REJECTED);
  private volatile Set<String> namedTenants = Set.of();
  private volatile @Nullable RedisState redis;
  private volatile @Nullable MemoryRateLimiter store;
  private @Nullable ScheduledFuture<?> ticks;
  private long lastTick;

  private final Traces traces;

  private Telemetry(Traces traces) {
    this.traces = traces;
    Gauge.builder("ratelab.decisions.in.flight", inFlight, LongAdder::sum)
        .description("Decisions that are being waited for")
        .register(registry);
    for (Dropped why : Dropped.values()) {
      drops.put(why, drops(why));
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
  public void announce(PolicySet policies) {
    Map<String, String> algorithms = new HashMap<>();
    policies
        .all()
        .forEach(
            policy -> algorithms.put(policy.name(), policy.policy().algorithm().id()));
    meters.forEach((policy, known) -> {
      if (!known.algorithm().equals(algorithms.get(policy)) && meters.remove(policy, known)) {
        known.all().forEach(registry::remove);
      }
    });
    policies.all().forEach(policy -> meters(policy.policy()));
    namedTenants = Set.copyOf(policies.tenants());
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
    Gauge.builder("ratelab.redis.up", state, known -> known.up() ? 1 : 0)
        .description("1 if Redis made the last decision of the server's own, 0 if it did not")
        .tag("client", name)
        .register(registry);
    Timer duration = Timer.builder("ratelab.redis.call.duration")
        .description("How long calls to Redis took, those that failed included")
        .tag("client", name)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
    return new MeteredRedis(
        client,
        state,
        duration,
        redisFailures(name, "timeout"),
        redisFailures(name, "error"),
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
  public void observe(MemoryRateLimiter observed) {
    store = observed;
    Gauge.builder("ratelab.store.counters", observed, MemoryRateLimiter::counters)
        .description("Counters that the store in memory holds")
        .register(registry);
    FunctionCounter.builder("ratelab.store.evictions", observed, MemoryRateLimiter::droppedCounters)
        .description("Counters that the store in memory has dropped, idle ones included")
        .register(registry);
    FunctionCounter.builder(
            "ratelab.store.lost.live.counters", observed, MemoryRateLimiter::lostLiveCounters)
        .description(
            "Counters dropped because the store was full while they still counted: each can"
                + " admit another burst")
        .register(registry);
  }

  /** Shows what stands before Redis: the breaker, and how many decisions wait. To be used once. */
  public void observe(GuardedRateLimiter guarded) {
    for (String state : List.of("closed", "open", "half-open")) {
      Gauge.builder(
              "ratelab.breaker.state", guarded, known -> known.breaker().equals(state) ? 1 : 0)
          .description("1 for the state that the circuit breaker is in, 0 for the others")
          .tag("state", label(state))
          .register(registry);
    }
    Gauge.builder("ratelab.redis.in.flight", guarded, GuardedRateLimiter::inFlight)
        .description("Decisions that wait for Redis")
        .register(registry);
    Gauge.builder("ratelab.redis.in.flight.limit", guarded, GuardedRateLimiter::maxInFlight)
        .description("The most decisions that may wait for Redis; more are shed")
        .register(registry);
  }

  /** Shows what is decided on what was borrowed from Redis. To be used once. */
  public void observe(LeasedRateLimiter leased) {
    leaseDecisions(leased, CheckOutcome.ALLOWED, LeasedRateLimiter::admittedHere);
    leaseDecisions(leased, CheckOutcome.DENIED, LeasedRateLimiter::deniedHere);
    FunctionCounter.builder("ratelab.leases.asked", leased, LeasedRateLimiter::asked)
        .description("Decisions that Redis was asked for by policies with a lease")
        .register(registry);
    FunctionCounter.builder("ratelab.leases.borrowed", leased, LeasedRateLimiter::borrowed)
        .description("Permits that were borrowed")
        .register(registry);
    FunctionCounter.builder("ratelab.leases.lapsed", leased, LeasedRateLimiter::lapsed)
        .description("Borrowed permits that were over before they were spent")
        .register(registry);
    Gauge.builder("ratelab.leases.counters", leased, LeasedRateLimiter::counters)
        .description("Counters of which something may be held")
        .register(registry);
  }

  private void leaseDecisions(
      LeasedRateLimiter leased,
      CheckOutcome outcome,
      ToDoubleFunction<LeasedRateLimiter> decisions) {
    FunctionCounter.builder("ratelab.leases.decisions", leased, decisions)
        .description("Requests decided here, on what is leased")
        .tag("outcome", outcome.label())
        .register(registry);
  }

  public void observeConnections(IntSupplier open) {
    Gauge.builder("ratelab.http.connections", open, IntSupplier::getAsInt)
        .description("Open HTTP connections")
        .strongReference(true)
        .register(registry);
  }

  public void observeReaders(IntSupplier readers) {
    Gauge.builder("ratelab.live.readers", readers, IntSupplier::getAsInt)
        .description("Connections that read the live page's events")
        .strongReference(true)
        .register(registry);
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

  /**
   * The metrics in Prometheus' text format 0.0.4, with everything in them that was counted before the call. Whoever asks while
   * another's answer has not begun to be written shares it, so that askers cannot pile up work.
   */
  public CompletionStage<String> exposition() {
    CompletableFuture<String> mine = new CompletableFuture<>();
    CompletableFuture<String> waiting = scrape.compareAndExchange(null, mine);
    if (waiting != null) {
      return waiting;
    }
    try {
      executor.execute(() -> {
        scrape.set(null);
        write(mine, registry::scrape);
      });
    } catch (RejectedExecutionException e) {
      mine.completeExceptionally(e);
    }
    return mine;
  }

  /** Whoever asked is answered and the log tells, whatever broke: the executor would keep it to itself. */
  static void write(CompletableFuture<String> answer, Supplier<String> text) {
    try {
      answer.complete(text.get());
    } catch (Throwable e) {
      answer.completeExceptionally(e);
      LOG.error("the metrics could not be written", e);
    }
  }

  /** From now on a reader gets the figures of each second, as JSON. One reader at a time. */
  public synchronized void watch(Consumer<String> reader) {
    figures.watch();
    lastTick = System.nanoTime();
    ticks =
        executor.scheduleAtFixedRate(new LoggedTask(() -> tick(reader)), 1, 1, TimeUnit.SECONDS);
  }

  public synchronized void unwatch() {
    if (ticks != null) {
      ticks.cancel(false);
      ticks = null;
      figures.unwatch();
    }
  }

  @Override
  public void close() {
    unwatch();
    executor.shutdownNow();
    garbage.close();
    registry.close();
    traces.close();
  }

  private void tick(Consumer<String> reader) {
    String json;
    synchronized (this) {
      if (ticks == null) {
        return;
      }
      json = second().json();
    }
    reader.accept(json);
  }

  private LiveSecond second() {
    long now = System.nanoTime();
    double seconds = (now - lastTick) / (double) TimeUnit.SECONDS.toNanos(1);
    lastTick = now;
    RedisState state = redis;
    MemoryRateLimiter held = store;
    return new LiveSecond(
        System.currentTimeMillis(),
        seconds,
        figures.takeChecks(),
        inFlight.sum(),
        LiveSecond.Latency.of(figures.takeLatencies()),
        state == null ? null : new LiveSecond.Redis(state.client(), state.up(), state.failures()),
        held == null ? null : held.counters(),
        figures.topDenied().stream().map(this::shown).toList());
  }

  private LiveSecond.Top shown(Denied denied) {
    Who who = denied.who();
    return new LiveSecond.Top(
        who.policy(), who.isTenant() ? "tenant" : "key", who.name(), denied.count());
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
    DecisionMeters known = meters.get(policy.name());
    if (known != null && known.algorithm().equals(algorithm)) {
      return known;
    }
    DecisionMeters made = newMeters(policy.name(), algorithm);
    meters.put(policy.name(), made);
    return made;
  }

  private DecisionMeters newMeters(String policy, String algorithm) {
    Map<CheckOutcome, Counter> outcomes = new EnumMap<>(CheckOutcome.class);
    for (CheckOutcome outcome : CheckOutcome.values()) {
      if (outcome != CheckOutcome.REJECTED) {
        outcomes.put(outcome, outcome(policy, algorithm, outcome));
      }
    }
    Timer duration = Timer.builder("ratelab.decision.duration")
        .description("How long decisions took, the wait for the backend included")
        .tags("policy", policy, "algorithm", algorithm)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
    return new DecisionMeters(algorithm, outcomes, failures(policy, algorithm), duration);
  }

  private Map<Failure, Counter> failures(String policy, String algorithm) {
    Map<Failure, Counter> failures = new HashMap<>();
    for (FailurePolicy decidedBy : FailurePolicy.values()) {
      for (FailureReason because : FailureReason.values()) {
        failures.put(
            new Failure(decidedBy, because),
            Counter.builder("ratelab.failures")
                .description("Checks that the backend did not decide, by who did and why")
                .tags("policy", policy, "algorithm", algorithm)
                .tags("decided_by", label(decidedBy.id()), "because", label(because.id()))
                .register(registry));
      }
    }
    return failures;
  }

  /** Words of labels are joined by underscores here, in answers by hyphens. */
  private static String label(String id) {
    return id.replace('-', '_');
  }

  private Counter outcome(String policy, String algorithm, CheckOutcome outcome) {
    return Counter.builder("ratelab.checks")
        .description("Checks by what became of them")
        .tags("policy", policy, "algorithm", algorithm, "outcome", outcome.label())
        .register(registry);
  }

  private Counter redisFailures(String client, String kind) {
    return Counter.builder("ratelab.redis.errors")
        .description("Calls that Redis did not answer")
        .tags("client", client, "kind", kind)
        .register(registry);
  }

  private Counter rejections(int status) {
    return Counter.builder("ratelab.http.rejections")
        .description("Requests answered with an error of their sender's")
        .tag("status", Integer.toString(status))
        .register(registry);
  }

  private Counter drops(Dropped why) {
    return Counter.builder("ratelab.http.connections.dropped")
        .description("Connections closed that their clients would have kept")
        .tag("reason", why.label())
        .register(registry);
  }
}
