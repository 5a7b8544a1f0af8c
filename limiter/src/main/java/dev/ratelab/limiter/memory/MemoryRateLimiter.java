package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Policies over one store in this process.
 *
 * <p>A request of one policy replaces its counter's state by compare-and-set, and so never waits for another of its kind. One of
 * several locks all counters that it touches, in one order for all requests, reads the clock, asks every policy, and charges all of them
 * or none as it lets go. Nobody reads or charges a counter that is locked, so every check takes effect at one instant, and any history of
 * checks is linearizable.
 *
 * <p>The store holds no keys and no tenants but {@linkplain KeyHash hashes} of them, and so many counters that it
 * {@linkplain StoreBound fits the heap}. Past the bound it must drop counters that still count; each such loss can admit up to another
 * burst, is counted in {@link #lostLiveCounters()}, and logged at every power of two.
 *
 * <p>A counter that is over, so that the limiter would behave as if it had never been used, is removed two seconds later or soon
 * after, by checks: each that makes a new counter looks at 4 of those there are, and one in each millisecond looks at 64. So as long as
 * there is a check in every millisecond, one of n counters stays for at most n/64 ms more: 16 seconds in a store of a million. While
 * nobody checks, it stays until {@link #counters()} is called.
 */
public final class MemoryRateLimiter implements RateLimiter {
  private static final int MOST_RULES = 1 << 16;

  private final TimeSource time;
  private final CounterStore store;
  private final KeyHash keys = KeyHash.random();
  private final KeyHash tenants = KeyHash.random();
  private final KeyHash totals = KeyHash.random();

  /** Forgotten when there are very many, since policies may change for ever. */
  private final ConcurrentHashMap<Policy, Rule> rules = new ConcurrentHashMap<>();

  private MemoryRateLimiter(TimeSource time, long maxCounters) {
    this.time = time;
    store = new CounterStore(time, maxCounters);
  }

  /**
   * A limiter on a clock of the caller's.
   *
   * @param time the clock
   * @param maxCounters the most counters held, 1 to {@link StoreBound#mostKeys}; a long log counts as several, and one that counts as
   *     more is forgotten at once
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
    List<ScopedPolicy> policies = request.policies();
    if (policies.size() == 1 && request.asks(policies.get(0))) {
      return RequestDecision.of(policies.get(0), alone(request, policies.get(0)));
    }
    return together(request, true);
  }

  /** What each policy says, nothing being charged: as if one more policy had denied the request. */
  public RequestDecision look(Request request) {
    return together(request, false);
  }

  private Decision alone(Request request, ScopedPolicy policy) {
    Counter counter = new Counter(rule(policy.policy()), counted(policy.scope(), request));
    for (int tries = 0; true; tries++) {
      Cell cell = store.cell(counter);
      Object seen = cell.get();
      if (Cell.isClosed(seen)) {
        Cell.pause(tries);
        continue;
      }
      // After the state: whoever wrote that had read an earlier time, so a slow thread never looks
      // like a clock that went back.
      long now = time.micros();
      Step<Object> step = counter.rule.transition.apply(seen, now, request.cost());
      Object next = step.state();
      boolean same = next == seen;
      if (same || cell.compareAndSet(seen, next)) {
        if (!same && next != null) {
          store.replaced(counter, cell, seen, next);
        }
        store.sweep(now, seen == null);
        return step.decision();
      }
    }
  }

  private RequestDecision together(Request request, boolean charge) {
    List<ScopedPolicy> asked = request.asked();
    Held[] held = held(request, asked);
    Held[] ordered = held.clone();
    Arrays.sort(ordered);
    List<Decision> decisions;
    long now;
    try {
      for (Held each : ordered) {
        each.lock(store);
      }
      now = time.micros();
      decisions = decide(request.cost(), asked, held, now, charge);
    } finally {
      for (Held each : ordered) {
        each.unlock();
      }
    }
    boolean grew = false;
    for (Held each : held) {
      grew |= each.tidy(store);
    }
    store.sweep(now, grew);
    return RequestDecision.of(request, decisions);
  }

  /** Of each policy that is asked. What is counted is hashed once, however many policies count it. */
  private Held[] held(Request request, List<ScopedPolicy> asked) {
    Held[] held = new Held[asked.size()];
    Map<Scope, Hashed> counted = new EnumMap<>(Scope.class);
    for (int i = 0; i < held.length; i++) {
      ScopedPolicy policy = asked.get(i);
      held[i] = new Held(new Counter(
          rule(policy.policy()),
          counted.computeIfAbsent(policy.scope(), scope -> counted(scope, request))));
    }
    return held;
  }

  private Hashed counted(Scope scope, Request request) {
    String tenant = request.tenant();
    if (tenant == null) {
      return keys.of(request.key());
    }
    return scope == Scope.TENANT ? totals.of(tenant) : tenants.under(tenant).of(request.key());
  }

  private Rule rule(Policy policy) {
    Rule known = rules.get(policy);
    if (known != null) {
      return known;
    }
    if (rules.size() >= MOST_RULES) {
      rules.clear();
    }
    return rules.computeIfAbsent(policy, Rule::new);
  }

  private static List<Decision> decide(
      long cost, List<ScopedPolicy> asked, Held[] held, long now, boolean charge) {
    boolean admitted = true;
    for (int i = 0; i < held.length; i++) {
      boolean allowed = held[i].ask(now, cost).allowed();
      admitted &= allowed || asked.get(i).shadow();
    }
    List<Decision> decisions = new ArrayList<>(held.length);
    for (int i = 0; i < held.length; i++) {
      decisions.add(
          admitted && charge
              ? held[i].charge()
              : held[i].uncharged(asked.get(i).policy().limit(), now, cost));
    }
    return decisions;
  }

  /** How many counters the store holds now, those that are over already left out. It looks at all of them. */
  public long counters() {
    return store.counters();
  }

  /** How many counters the store has dropped, those that were over included. */
  public long droppedCounters() {
    return store.dropped();
  }

  /** How many counters the bound has made the store forget while they still counted. */
  public long lostLiveCounters() {
    return store.lostLive();
  }
}
