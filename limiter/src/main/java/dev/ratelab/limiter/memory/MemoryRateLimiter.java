package dev.ratelab.limiter.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Policies over one store in this process.
 *
 * <p>A check locks the counters that it touches, in one order for all, reads the clock, asks every policy, and charges all of
 * them or none before it lets go. Requests of a single policy take the lock too: were they to change a state by
 * compare-and-set, as {@link MemoryPolicyLimiter} does, they could come between two charges of one request. So every check takes
 * effect at one instant, at which it holds all its locks, and any history of checks is linearizable. The locks are striped:
 * counters that share one only wait for each other.
 *
 * <p>The store holds no keys and no tenants but {@linkplain KeyHash hashes} of them, and so many counters that it
 * {@linkplain StoreBound fits the heap}. One that was not charged for the longest life of its state and a grace is dropped,
 * which changes nothing. Past the bound it must drop counters that still count; each such loss can admit up to another burst, is
 * counted in {@link #lostLiveCounters()}, and logged at every power of two.
 */
public final class MemoryRateLimiter implements RateLimiter {
  /** For the store, which may take a counter for silent up to a second early. */
  private static final long GRACE_MICROS = 2_000_000;

  /** Many times the threads that check at once, so that they seldom meet on one by chance. */
  private static final int STRIPES = 1 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(MemoryRateLimiter.class);

  private final TimeSource time;
  private final long maxCounters;
  private final AtomicLong latest = new AtomicLong();
  private final AtomicLong droppedCounters = new AtomicLong();
  private final AtomicLong lostLiveCounters = new AtomicLong();
  private final List<Lock> stripes =
      Stream.<Lock>generate(ReentrantLock::new).limit(STRIPES).toList();
  private final KeyHash keys = KeyHash.random();
  private final KeyHash tenants = KeyHash.random();
  private final KeyHash totals = KeyHash.random();
  private final Cache<Counter, Object> states;

  private MemoryRateLimiter(TimeSource time, long maxCounters) {
    this.time = time;
    this.maxCounters = maxCounters;
    states = Caffeine.newBuilder()
        .maximumWeight(maxCounters)
        .weigher((Counter counter, Object state) ->
            StoreBound.weight(counter.transition().bytes(state)))
        .expireAfter(Expiry.<Counter, Object>writing((counter, state) -> lifetime(counter)))
        .ticker(() -> TimeUnit.MICROSECONDS.toNanos(idleTime()))
        .executor(Runnable::run)
        .evictionListener(this::onEviction)
        .build();
  }

  /** A limiter on this machine's monotone clock, bounded at {@link StoreBound#defaultKeys} counters. */
  public static MemoryRateLimiter create() {
    return of(TimeSource.monotonic(), StoreBound.defaultKeys());
  }

  /**
   * A limiter on a clock of the caller's.
   *
   * @param time the clock
   * @param maxCounters the most counters held, 1 to {@link StoreBound#mostKeys}; a long log counts as several
   * @throws IllegalArgumentException if maxCounters is not in that range
   */
  public static MemoryRateLimiter of(TimeSource time, long maxCounters) {
    StoreBound.require("maxCounters", maxCounters);
    return new MemoryRateLimiter(time, maxCounters);
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    return CompletableFuture.completedFuture(check(request));
  }

  @Override
  public RequestDecision check(Request request) {
    return decided(request, true);
  }

  /** What each policy says, nothing being charged: as if one more policy had denied the request. */
  public RequestDecision look(Request request) {
    return decided(request, false);
  }

  private RequestDecision decided(Request request, boolean charge) {
    List<Counter> counters = counters(request);
    int[] locked = stripes(counters);
    for (int stripe : locked) {
      stripes.get(stripe).lock();
    }
    try {
      return decide(request, counters, charge);
    } finally {
      for (int stripe : locked) {
        stripes.get(stripe).unlock();
      }
    }
  }

  /** Of each policy that is asked. What is counted is hashed once, however many policies count it. */
  private List<Counter> counters(Request request) {
    List<ScopedPolicy> asked = request.asked();
    List<Counter> counters = new ArrayList<>(asked.size());
    Map<Scope, Hashed> counted = new EnumMap<>(Scope.class);
    for (ScopedPolicy policy : asked) {
      counters.add(Counter.of(
          policy.policy(),
          counted.computeIfAbsent(policy.scope(), scope -> counted(scope, request))));
    }
    return counters;
  }

  private Hashed counted(Scope scope, Request request) {
    String tenant = request.tenant();
    if (tenant == null) {
      return keys.of(request.key());
    }
    return scope == Scope.TENANT ? totals.of(tenant) : tenants.under(tenant).of(request.key());
  }

  /** How many counters the store holds now, those that are over already left out. */
  public long counters() {
    states.cleanUp();
    return states.estimatedSize();
  }

  /** How many counters the store has dropped, those that were over included. */
  public long droppedCounters() {
    return droppedCounters.get();
  }

  /** How many counters the bound has made the store forget while they still counted. */
  public long lostLiveCounters() {
    return lostLiveCounters.get();
  }

  private RequestDecision decide(Request request, List<Counter> counters, boolean charge) {
    // Under the locks: whoever charged one of these counters had read an earlier time, so a thread
    // that waited never looks like a clock that went back.
    long now = time.micros();
    List<Draft> drafts =
        counters.stream().map(counter -> draft(counter, now, request.cost())).toList();
    List<ScopedPolicy> asked = request.asked();
    boolean admitted = IntStream.range(0, drafts.size())
        .allMatch(i -> asked.get(i).shadow() || drafts.get(i).step.decision().allowed());
    List<Decision> decisions = new ArrayList<>(drafts.size());
    for (int i = 0; i < drafts.size(); i++) {
      Draft draft = drafts.get(i);
      if (admitted && charge) {
        charge(counters.get(i), draft);
        decisions.add(draft.step.decision());
      } else {
        decisions.add(draft.uncharged(counters.get(i).limit, now, request.cost()));
      }
    }
    return RequestDecision.of(request, decisions);
  }

  /** A policy in shadow that denies is not charged. Storing its state again would keep it alive for longer. */
  private void charge(Counter counter, Draft draft) {
    Object next = draft.step.state();
    if (next != null && draft.step.decision().allowed()) {
      states.put(counter, next);
    }
  }

  private Draft draft(Counter counter, long now, long cost) {
    Transition<Object> transition = counter.transition();
    Object state = states.getIfPresent(counter);
    return new Draft(transition, state, transition.apply(state, now, cost));
  }

  private static Duration lifetime(Counter counter) {
    return Duration.of(counter.transition().lifetimeMicros() + GRACE_MICROS, ChronoUnit.MICROS);
  }

  /** In ascending order, each once: whoever locks in this order never waits for one that waits for him. */
  private static int[] stripes(List<Counter> counters) {
    return counters.stream()
        .mapToInt(counter -> Math.floorMod(spread(counter.hashCode()), STRIPES))
        .sorted()
        .distinct()
        .toArray();
  }

  /** The upper bits of a hash code count as much as the lower ones. */
  private static int spread(int hash) {
    return hash ^ (hash >>> 16);
  }

  /** The time by which the store finds counters silent. It does not follow a clock that goes back. */
  private long idleTime() {
    long now = time.micros();
    long seen = latest.get();
    return now > seen ? latest.accumulateAndGet(now, Math::max) : seen;
  }

  private void onEviction(@Nullable Counter counter, @Nullable Object state, RemovalCause cause) {
    droppedCounters.incrementAndGet();
    if (counter == null || state == null || counter.transition().resetAt(state) <= time.micros()) {
      return;
    }
    long lost = lostLiveCounters.incrementAndGet();
    // At each power of two: said at once, and seldom where it goes on.
    if (Long.bitCount(lost) == 1) {
      LOG.warn(
          "policy {}: {} counters forgotten while they still counted; each can admit another burst. The store holds {}",
          counter.policy,
          lost,
          maxCounters);
    }
  }

  /**
   * What a state belongs to: a policy's rule, and 128 bits for what it counts, its tenant among it.
   *
   * @param low the first half of them
   * @param high the other half
   */
  private record Counter(String policy, Algorithm algorithm, Limit limit, long low, long high) {
    static Counter of(Policy policy, Hashed counted) {
      return new Counter(
          policy.name(), policy.algorithm(), policy.limit(), counted.low(), counted.high());
    }

    /** Made each time: beside each state it would take a fifth of the room. */
    @SuppressWarnings("unchecked") // under a counter lies only what this returned for it
    Transition<Object> transition() {
      return (Transition<Object>) Transition.of(algorithm, limit);
    }
  }

  /** What one policy would do. */
  private record Draft(
      Transition<Object> transition, @Nullable Object state, Step<Object> step) {
    /**
     * The answer where another policy denies. Of one that admits, what remains is what would after it and its cost, since a cost
     * of c fits exactly when c of cost 1 do; and one more than remains is denied, with the true time to the reset.
     */
    Decision uncharged(Limit limit, long now, long cost) {
      Decision decision = step.decision();
      if (!decision.allowed()) {
        return decision;
      }
      long remaining = decision.remaining() + cost;
      long resetAfter = remaining >= limit.burst()
          ? 0
          : transition.apply(state, now, remaining + 1).decision().resetAfterMicros();
      return Decision.allow(limit.permits(), remaining, resetAfter);
    }
  }
}
