package dev.ratelab.verification.history;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * What Lincheck calls. It makes each of these by its constructor without parameters, so the algorithm is a static field, and
 * holds what concurrent calls returned against the same calls on a {@link Sequential}.
 */
final class MemoryStores {
  /** Of the policies, which are called by their numbers. */
  static final List<Limit> LIMITS = List.of(new Limit(3, 100, 3), new Limit(2, 100, 2));

  /** What a request can ask. */
  static final List<List<Integer>> ASKED =
      List.of(List.of(0), List.of(1), List.of(0, 1), List.of(1, 0));

  /** So far that every counter is over, and checks may remove it. */
  private static final long LEAP_MICROS = 10_000_000;

  private static final Decision OVERRULED = Decision.allow(0, 0, 0);

  /** The algorithm of all that is made next. */
  static Algorithm algorithm = Algorithm.GCRA;

  private MemoryStores() {}

  private static List<ScopedPolicy> policies(List<Limit> limits) {
    return IntStream.range(0, limits.size())
        .mapToObj(i -> ScopedPolicy.perKey(Policy.of("p" + i, algorithm, limits.get(i))))
        .toList();
  }

  /**
   * The limiter as it is, never short of room. A request asks one policy, or two in either order. Each check brings its own time, and
   * when the clock has leapt, checks sweep what is over.
   */
  @Param(name = "asked", gen = IntGen.class, conf = "0:3")
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  @Param(name = "cost", gen = IntGen.class, conf = "1:2")
  @Param(name = "at", gen = IntGen.class, conf = "0:120")
  public static final class Roomy {
    private final ThreadLocal<Integer> time = ThreadLocal.withInitial(() -> 0);
    private final AtomicLong leapt = new AtomicLong();
    private final List<ScopedPolicy> policies = policies(LIMITS);
    private final MemoryRateLimiter limiter;

    public Roomy() {
      limiter = RateLimiters.inMemory(() -> leapt.get() + time.get(), 100);
    }

    @Operation(params = {"asked", "key", "cost", "at"})
    public List<Decision> check(int asked, int key, int cost, int at) {
      time.set(at);
      return answers(limiter.check(request(policies, asked, key, cost)));
    }

    @Operation
    public void leap() {
      leapt.addAndGet(LEAP_MICROS);
    }
  }

  /** The limiter with one shard, so full of other counters that the second one of the two keys splits it. */
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  public static final class Splitting {
    private static final int OTHERS = 7;

    private final List<ScopedPolicy> policies = policies(LIMITS);
    private final MemoryRateLimiter limiter = RateLimiters.inMemory(() -> 0, 31);

    public Splitting() {
      for (int other = 1; other <= OTHERS; other++) {
        check(-other);
      }
    }

    @Operation(params = "key")
    public List<Decision> check(int key) {
      return answers(limiter.check(request(policies, 0, key, 1)));
    }
  }

  /** The limiter with two shards full of counters that are over: the first check removes them, and makes the two one. */
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  public static final class Merging {
    private static final int OTHERS = 9;

    private final AtomicLong time = new AtomicLong();
    private final List<ScopedPolicy> policies = policies(LIMITS);
    private final MemoryRateLimiter limiter = RateLimiters.inMemory(time::get, 31);

    public Merging() {
      for (int other = 1; other <= OTHERS; other++) {
        check(-other);
      }
      time.set(LEAP_MICROS);
    }

    @Operation(params = "key")
    public List<Decision> check(int key) {
      return answers(limiter.check(request(policies, 0, key, 1)));
    }
  }

  private static Request request(List<ScopedPolicy> policies, int asked, int key, int cost) {
    return new Request(
        null,
        Integer.toString(key),
        cost,
        ASKED.get(asked).stream().map(policies::get).toList());
  }

  private static List<Decision> answers(RequestDecision decision) {
    return answers(decision.policies().stream().map(PolicyDecision::decision).toList());
  }

  /** A policy that another one overrules only tells that it would admit. */
  static List<Decision> answers(List<Decision> decisions) {
    boolean charged = decisions.stream().allMatch(Decision::allowed);
    return decisions.stream()
        .map(each -> charged || !each.allowed() ? each : OVERRULED)
        .toList();
  }

  /** The specification: one state for each key and policy, one check after the other. */
  public static final class Sequential {
    private final List<Counters<?>> policies = LIMITS.stream()
        .<Counters<?>>map(limit -> new Counters<>(Transition.of(algorithm, limit)))
        .toList();
    private long leapt;

    public List<Decision> check(int asked, int key, int cost, int at) {
      List<Counters<?>> all =
          ASKED.get(asked).stream().<Counters<?>>map(policies::get).toList();
      List<Decision> decisions =
          all.stream().map(each -> each.ask(key, cost, leapt + at)).toList();
      if (all.size() == 1 || decisions.stream().allMatch(Decision::allowed)) {
        all.forEach(each -> each.charge(key, cost, leapt + at));
      }
      return answers(decisions);
    }

    public void leap() {
      leapt += LEAP_MICROS;
    }

    /** For {@link Splitting} and {@link Merging}. */
    public List<Decision> check(int key) {
      return check(0, key, 1, 0);
    }

    /** For {@link ShardProtocol}. */
    public List<Decision> check(int asked, int cost, int at) {
      return check(asked, 0, cost, at);
    }

    /** For {@link ShardProtocol}: whether there was a state. */
    public boolean evict(int policy) {
      return policies.get(policy).states.remove(0) != null;
    }

    private static final class Counters<S> {
      private final Transition<S> transition;
      private final Map<Integer, S> states = new HashMap<>();

      Counters(Transition<S> transition) {
        this.transition = transition;
      }

      Decision ask(int key, int cost, long at) {
        return transition.apply(states.get(key), at, cost).decision();
      }

      void charge(int key, int cost, long at) {
        states.put(key, transition.apply(states.get(key), at, cost).state());
      }
    }
  }

  /**
   * The limiter with room for a single counter, so that almost every check evicts another one, also while it is locked. Which one
   * goes is the store's choice and no specification's. But with limits of one each charge is one live state, and in the end it is
   * either still held or was counted as lost.
   */
  @Param(name = "asked", gen = IntGen.class, conf = "0:3")
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  public static final class Crowded {
    private final AtomicLong charged = new AtomicLong();
    private final List<ScopedPolicy> policies =
        policies(List.of(new Limit(1, 100, 1), new Limit(1, 100, 1)));
    private final MemoryRateLimiter limiter;

    public Crowded() {
      // A log counts as three.
      limiter = RateLimiters.inMemory(
          () -> 0,
          algorithm == Algorithm.SLIDING_WINDOW_LOG || algorithm == Algorithm.SLIDING_WINDOW_BUCKETS
              ? 3
              : 1);
    }

    @Operation(params = {"asked", "key"})
    public void check(int asked, int key) {
      Request request = request(policies, asked, key, 1);
      if (limiter.check(request).allowed()) {
        charged.addAndGet(request.policies().size());
      }
    }

    @Validate
    public void everyChargeIsHeldOrCounted() {
      long held = limiter.counters();
      if (held > 1 || charged.get() != held + limiter.lostLiveCounters()) {
        throw new IllegalStateException("%d charged, %d held, %d counted as lost"
            .formatted(charged.get(), held, limiter.lostLiveCounters()));
      }
    }
  }
}
