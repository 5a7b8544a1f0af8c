package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.algorithm.Gcra;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/**
 * The steps by which the memory limiter replaces, locks and ends a cell, over a map in the cache's place, so that an eviction is
 * a call of the test's and the loss of a counter has a specification: {@link MemoryStores.Sequential}. With faults to plant.
 */
@Param(name = "asked", gen = IntGen.class, conf = "0:3")
@Param(name = "policy", gen = IntGen.class, conf = "0:1")
@Param(name = "cost", gen = IntGen.class, conf = "1:2")
@Param(name = "at", gen = IntGen.class, conf = "0:120")
public abstract class CellProtocol {
  private static final Object DROPPED = new Object();

  private final List<Gcra> policies =
      MemoryStores.LIMITS.stream().map(Gcra::new).toList();
  private final ConcurrentHashMap<Integer, AtomicReference<Object>> cells =
      new ConcurrentHashMap<>();

  private record Locked(Object state) {}

  private record Held(AtomicReference<Object> cell, Locked locked) {}

  /** As the limiter does it. */
  public static final class Sound extends CellProtocol {}

  /** The planted fault: reads the state, decides, and stores whatever another has stored meanwhile. */
  public static final class GetThenSet extends CellProtocol {
    @SuppressWarnings("ThreadPriorityCheck") // sound or not, nothing relies on it
    @Override
    boolean replace(AtomicReference<Object> cell, Object seen, Object next) {
      // So that the stress mode need not be lucky.
      Thread.yield();
      cell.set(next);
      return true;
    }
  }

  /** The planted fault: an evicted cell can still be charged. */
  public static final class CellOutlivesEviction extends CellProtocol {
    @Override
    boolean end(AtomicReference<Object> cell, Object seen) {
      return true;
    }
  }

  /** The planted fault: a request of one policy charges what another request has locked. */
  public static final class IgnoresLocks extends CellProtocol {
    @Override
    boolean isClosed(Object seen) {
      return seen == DROPPED;
    }
  }

  /** The planted fault: a request of two policies charges what it has unlocked. */
  public static final class ChargesUnlocked extends CellProtocol {
    @Override
    void unlock(Held held, Object next) {
      super.unlock(held, held.locked.state);
      held.cell.set(next);
    }
  }

  @Operation(params = {"asked", "cost", "at"})
  public List<Decision> check(int asked, int cost, int at) {
    List<Integer> all = MemoryStores.ASKED.get(asked);
    return MemoryStores.answers(
        all.size() == 1 ? List.of(alone(all.get(0), cost, at)) : together(all, cost, at));
  }

  /**
   * Ends the cell before it leaves the map, as the cache's listener does; tells whether a state was lost. It waits for a lock, since only
   * the lock's holder knows what is lost then: {@link MemoryStores.Crowded} does not.
   */
  @Operation(params = "policy")
  public boolean evict(int policy) {
    while (true) {
      AtomicReference<Object> cell = cells.get(policy);
      if (cell == null) {
        return false;
      }
      Object seen = cell.get();
      if (!(seen instanceof Locked) && end(cell, seen)) {
        cells.remove(policy, cell);
        return seen != null && seen != DROPPED;
      }
      Thread.onSpinWait();
    }
  }

  final Decision alone(int policy, int cost, int at) {
    while (true) {
      AtomicReference<Object> cell = cell(policy);
      Object seen = cell.get();
      if (isClosed(seen)) {
        Thread.onSpinWait();
        continue;
      }
      Step<Gcra.Tat> step = apply(policy, seen, cost, at);
      if (!step.decision().allowed() || replace(cell, seen, step.state())) {
        return step.decision();
      }
    }
  }

  List<Decision> together(List<Integer> asked, int cost, int at) {
    List<Held> held = List.of(lock(0), lock(1));
    List<Step<Gcra.Tat>> steps =
        List.of(apply(0, held.get(0).locked, cost, at), apply(1, held.get(1).locked, cost, at));
    boolean charge = steps.stream().allMatch(step -> step.decision().allowed());
    for (int policy = 0; policy < 2; policy++) {
      Held each = held.get(policy);
      unlock(each, charge ? steps.get(policy).state() : each.locked.state);
    }
    return asked.stream().map(policy -> steps.get(policy).decision()).toList();
  }

  private Held lock(int policy) {
    while (true) {
      AtomicReference<Object> cell = cell(policy);
      Object seen = cell.get();
      Locked locked = new Locked(seen);
      if (seen != DROPPED && !(seen instanceof Locked) && cell.compareAndSet(seen, locked)) {
        return new Held(cell, locked);
      }
      Thread.onSpinWait();
    }
  }

  final AtomicReference<Object> cell(int policy) {
    return cells.computeIfAbsent(policy, absent -> new AtomicReference<>());
  }

  final Step<Gcra.Tat> apply(int policy, Object seen, int cost, int at) {
    Object state = seen instanceof Locked locked ? locked.state : seen == DROPPED ? null : seen;
    return policies.get(policy).apply((Gcra.Tat) state, at, cost);
  }

  boolean isClosed(Object seen) {
    return seen == DROPPED || seen instanceof Locked;
  }

  boolean replace(AtomicReference<Object> cell, Object seen, Object next) {
    return cell.compareAndSet(seen, next);
  }

  boolean end(AtomicReference<Object> cell, Object seen) {
    return cell.compareAndSet(seen, DROPPED);
  }

  void unlock(Held held, Object next) {
    held.cell.compareAndSet(held.locked, next);
  }
}
