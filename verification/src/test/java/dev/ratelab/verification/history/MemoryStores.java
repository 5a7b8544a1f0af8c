package dev.ratelab.verification.history;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * What Lincheck calls. It makes each of these by its constructor without parameters, so the algorithm is a static field, and
 * holds what concurrent calls returned against the same calls on a {@link Sequential}.
 */
final class MemoryStores {
  /** No key is ever idle for long enough to expire: what is asked at an instant is answered at that instant. */
  private static final Limit LIMIT = new Limit(3, 100, 3);

  /** The algorithm of all that is made next. */
  static Algorithm algorithm = Algorithm.GCRA;

  private MemoryStores() {}

  /** Made outside of the operations: Lincheck would follow each step of the check of its name. */
  private static Policy policy(Limit limit) {
    return Policy.of("p", algorithm, limit);
  }

  private static Decision check(RateLimiter limiter, Policy policy, int key, int cost) {
    return limiter.check(Request.of(policy, Integer.toString(key), cost)).decision();
  }

  /** The limiter as it is, never short of room. Each check brings its own time. */
  @Param(name = "key", gen = IntGen.class, conf = "1:2")
  @Param(name = "cost", gen = IntGen.class, conf = "1:2")
  @Param(name = "at", gen = IntGen.class, conf = "0:120")
  public static final class Roomy {
    private final ThreadLocal<Integer> time = ThreadLocal.withInitial(() -> 0);
    private final Policy policy = policy(LIMIT);
    private final MemoryRateLimiter limiter;

    public Roomy() {
      limiter = RateLimiters.inMemory(time::get, 10);
    }

    @Operation(params = {"key", "cost", "at"})
    public Decision check(int key, int cost, int at) {
      time.set(at);
      return MemoryStores.check(limiter, policy, key, cost);
    }
  }

  /** The specification: one state for each key, one check after the other. */
  public static final class Sequential {
    private final Cells<?> cells;

    public Sequential() {
      cells = new Cells<>(Transition.of(algorithm, LIMIT));
    }

    public Decision check(int key, int cost, int at) {
      return cells.check(key, cost, at);
    }

    /** For {@link CellProtocol}: whether there was a state. */
    public boolean evict(int key) {
      return cells.states.remove(key) != null;
    }

    private static final class Cells<S> {
      private final Transition<S> transition;
      private final Map<Integer, S> states = new HashMap<>();

      Cells(Transition<S> transition) {
        this.transition = transition;
      }

      Decision check(int key, int cost, int at) {
        Step<S> step = transition.apply(states.get(key), at, cost);
        states.put(key, step.state());
        return step.decision();
      }
    }
  }

  /**
   * The limiter with room for a single key, so that almost every check evicts another one. Which key goes is the store's
   * choice and no specification's. But with a limit of one each admission is one live state, and in the end it is either
   * still held or was counted as lost.
   */
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  public static final class Crowded {
    private final AtomicLong admitted = new AtomicLong();
    private final Policy policy = policy(new Limit(1, 100, 1));
    private final MemoryRateLimiter limiter;

    public Crowded() {
      limiter = RateLimiters.inMemory(() -> 0, 1);
    }

    @Operation(params = "key")
    public void check(int key) {
      if (MemoryStores.check(limiter, policy, key, 1).allowed()) {
        admitted.incrementAndGet();
      }
    }

    @Validate
    public void everyAdmissionIsHeldOrCounted() {
      long held = limiter.counters();
      if (held > 1 || admitted.get() != held + limiter.lostLiveCounters()) {
        throw new IllegalStateException("%d admitted, %d held, %d counted as lost"
            .formatted(admitted.get(), held, limiter.lostLiveCounters()));
      }
    }
  }
}
