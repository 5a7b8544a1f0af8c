package dev.ratelab.limiter.memory;

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
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Policies over one store in this process.
 *
 * <p>A request of one policy reads its counter without a lock, and writes nothing if it is denied. If it is admitted, it locks the shard
 * of its counter while it writes; who wants that shard meanwhile looks again. One of several policies locks the shards of all counters
 * that it touches, in one order for all requests, reads the clock, asks every policy, and charges all of them or none before it lets go.
 * Nobody reads or charges a counter whose shard is locked, so every check takes effect at one instant, and any history of checks is
 * linearizable.
 *
 * <p>The store holds no keys and no tenants but {@linkplain KeyHash hashes} of them, and so many counters that it
 * {@linkplain StoreBound fits the heap}. Past the bound it must drop counters that still count; each such loss can admit up to another
 * burst, is counted in {@link #lostLiveCounters()}, and logged at every power of two.
 *
 * <p>A counter that is over, so that the limiter would behave as if it had never been used, is removed two seconds later or soon
 * after, by checks: each that makes a new counter looks at 4 of those there are or more, and one in each millisecond at 64. So as long as
 * there is a check in every millisecond, one of n counters stays for at most n/64 ms more, 16 seconds in a store of a million; for at most
 * twice as long if it is moved meanwhile, as the store grows or shrinks. While nobody checks, it stays until {@link #counters()} is called.
 */
public final class MemoryRateLimiter implements RateLimiter {
  private static final int MOST_RULES = 1 << 16;

  private final TimeSource time;
  private final CounterStore store;
  private final ShardTable shards;
  private final RequestHash counted;
  private final KeyHash names;

  /** Forgotten when there are very many, since policies may change for ever. */
  private final ConcurrentHashMap<Policy, Rule> rules = new ConcurrentHashMap<>();

  /** The rules of policies that were asked last, found without comparing policies. A rule never changes, so a race loses nothing. */
  private final @Nullable Rule[] recent = new Rule[64];

  private MemoryRateLimiter(TimeSource time, long maxCounters, KeyHash secret) {
    this.time = time;
    counted = RequestHash.of(secret, "counted");
    names = secret.under("names");
    store = new CounterStore(time, maxCounters);
    shards = store.shards;
  }

  /**
   * A limiter on a clock of the caller's.
   *
   * @param time the clock; it must not ask this limiter, which reads it while counters are locked
   * @param maxCounters the most counters held, 1 to {@link StoreBound#mostKeys}; a long log counts as several, and one that counts as
   *     more is forgotten at once
   * @throws IllegalArgumentException if maxCounters is not in that range
   */
  public static MemoryRateLimiter of(TimeSource time, long maxCounters) {
    return of(time, maxCounters, KeyHash.random());
  }

  /** One whose counters lie where the secret says, so that a test can choose that. */
  static MemoryRateLimiter of(TimeSource time, long maxCounters, KeyHash secret) {
    StoreBound.require("maxCounters", maxCounters);
    return new MemoryRateLimiter(time, maxCounters, secret);
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    return CompletableFuture.completedFuture(check(request));
  }

  @Override
  public RequestDecision check(Request request) {
    List<ScopedPolicy> policies = request.policies();
    if (policies.size() == 1 && request.asks(policies.get(0))) {
      return alone(request, policies.get(0));
    }
    return together(request, true);
  }

  /** What each policy says, nothing being charged: as if one more policy had denied the request. */
  public RequestDecision look(Request request) {
    return together(request, false);
  }

  /** A key as this limiter counts it, for who asks about it again and again: it is hashed once. It holds no key. */
  public Hashed hashed(String key) {
    return counted.ofKey(key);
  }

  /** As {@link #tryAcquire(ScopedPolicy, Hashed, long)}, of a key that is hashed for this request: 32 bytes, unless the compiler removes them. */
  public long tryAcquire(ScopedPolicy policy, String key, long cost) {
    return tryAcquire(policy, hashed(key), cost);
  }

  /**
   * Charges one policy without a tenant, as {@link #check} does, and answers in one number. Nothing is allocated but the states of the
   * algorithms whose state is more than two numbers, on an admission: {@link Algorithm#SLIDING_WINDOW_BUCKETS} and {@link
   * Algorithm#SLIDING_WINDOW_LOG}.
   *
   * @param key by this limiter's {@link #hashed}
   * @param cost 1 to the policy's {@link Limit#maxCost()}
   * @return how many more of cost 1 would be admitted, 0 or more, if the request is admitted; otherwise the microseconds after which it
   *     would be, as a number below 0
   * @throws IllegalArgumentException if the cost is not in that range, or the policy counts per tenant or is in shadow
   */
  public long tryAcquire(ScopedPolicy policy, Hashed key, long cost) {
    long most = policy.policy().limit().maxCost();
    if (cost < 1 || cost > most) {
      throw new IllegalArgumentException("cost is %s; accepted: 1 to %s".formatted(cost, most));
    }
    if (policy.shadow() || policy.scope() == Scope.TENANT) {
      throw new IllegalArgumentException(
          "the policy '%s' %s; accepted: one that is enforced for each key"
              .formatted(policy.name(), policy.shadow() ? "is in shadow" : "counts per tenant"));
    }
    Objects.requireNonNull(key, "key");
    Rule rule = rule(policy.policy());
    Visit visit = Visit.begin().to(rule, key);
    try {
      return charge(visit, cost) ? visit.remaining() : -visit.retryAfterMicros();
    } finally {
      visit.end();
    }
  }

  private RequestDecision alone(Request request, ScopedPolicy policy) {
    Rule rule = rule(policy.policy());
    Visit visit = Visit.begin().to(rule, counted.of(policy.scope(), request));
    try {
      charge(visit, request.cost());
      return visit.decision(policy);
    } finally {
      visit.end();
    }
  }

  private boolean charge(Visit visit, long cost) {
    for (int tries = 0; true; tries++) {
      Shard shard = shards.at(visit.high);
      if (!shard.tryRead(visit)) {
        Shard.pause(tries);
        continue;
      }
      // After the state: whoever wrote that had read an earlier time, so a slow thread never looks
      // like a clock that went back.
      long now = time.micros();
      if (!visit.decide(now, cost)) {
        store.charged(0, 0, now);
        return false;
      }
      visit.prepare();
      if (shard.tryLock(visit)) {
        int heavier;
        try {
          heavier = shard.charge(visit);
        } finally {
          shard.unlock();
        }
        store.charged(heavier, visit.known() ? 0 : 1, now);
        return true;
      }
    }
  }

  private RequestDecision together(Request request, boolean charge) {
    List<ScopedPolicy> asked = request.asked();
    Visit[] visits = visits(request, asked);
    List<Decision> decisions = new ArrayList<>(visits.length);
    int heavier;
    int more;
    long now;
    List<Shard> locked = shards.lock(visits);
    try {
      now = time.micros();
      boolean admitted = admit(request.cost(), asked, visits, now) && charge;
      for (Visit visit : visits) {
        decisions.add(admitted ? visit.decision() : visit.uncharged(now, request.cost()));
      }
      // Before the charge, which finds each counter anew.
      more = admitted ? made(visits) : 0;
      heavier = admitted ? charge(visits, locked, more) : 0;
    } finally {
      locked.forEach(Shard::unlock);
    }
    store.charged(heavier, more, now);
    return RequestDecision.of(request, decisions);
  }

  private int charge(Visit[] visits, List<Shard> locked, int more) {
    // What needs memory comes before the first is charged, so that all are or none.
    if (more > 0) {
      locked.forEach(shard -> shard.makeRoomFor(newIn(shard, visits)));
    }
    for (Visit visit : visits) {
      visit.prepare();
    }
    int heavier = 0;
    for (Visit visit : visits) {
      if (visit.allowed()) {
        heavier += shards.at(visit.high).chargeAnew(visit);
      }
    }
    return heavier;
  }

  private int newIn(Shard shard, Visit[] visits) {
    int made = 0;
    for (Visit visit : visits) {
      made += isNew(visit) && shards.at(visit.high) == shard ? 1 : 0;
    }
    return made;
  }

  private static int made(Visit[] visits) {
    int made = 0;
    for (Visit visit : visits) {
      made += isNew(visit) ? 1 : 0;
    }
    return made;
  }

  private static boolean isNew(Visit visit) {
    return visit.allowed() && !visit.known();
  }

  private boolean admit(long cost, List<ScopedPolicy> asked, Visit[] visits, long now) {
    boolean admitted = true;
    for (int i = 0; i < visits.length; i++) {
      shards.at(visits[i].high).find(visits[i]);
      boolean allowed = visits[i].decide(now, cost);
      admitted &= allowed || asked.get(i).shadow();
    }
    return admitted;
  }

  /** To each policy that is asked. What is counted is hashed once, however many policies count it. */
  private Visit[] visits(Request request, List<ScopedPolicy> asked) {
    Visit[] visits = new Visit[asked.size()];
    Map<Scope, Hashed> hashes = new EnumMap<>(Scope.class);
    for (int i = 0; i < visits.length; i++) {
      ScopedPolicy policy = asked.get(i);
      visits[i] = new Visit()
          .to(
              rule(policy.policy()),
              hashes.computeIfAbsent(policy.scope(), scope -> counted.of(scope, request)));
    }
    return visits;
  }

  @SuppressWarnings("ReferenceEquality") // an equal policy is found in the map
  private Rule rule(Policy policy) {
    int place = System.identityHashCode(policy) & recent.length - 1;
    Rule last = recent[place];
    if (last != null && last.policy == policy) {
      return last;
    }
    if (rules.size() >= MOST_RULES) {
      rules.clear();
    }
    Rule known = rules.computeIfAbsent(policy, absent -> new Rule(absent, names));
    if (known.policy == policy) {
      recent[place] = known;
    }
    return known;
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
