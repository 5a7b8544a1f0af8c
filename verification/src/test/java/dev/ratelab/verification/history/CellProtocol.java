package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Gcra;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/**
 * The steps by which the memory limiter replaces and ends a cell, over a map in the cache's place, so that an eviction is
 * a call of the test's and the loss of a key has a specification: {@link MemoryStores.Sequential}. With faults to plant.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:2")
@Param(name = "cost", gen = IntGen.class, conf = "1:2")
@Param(name = "at", gen = IntGen.class, conf = "0:120")
public abstract class CellProtocol {
  private static final Object DROPPED = new Object();

  private final Gcra gcra = new Gcra(new Limit(3, 100, 3));
  private final ConcurrentHashMap<Integer, AtomicReference<Object>> cells =
      new ConcurrentHashMap<>();

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
    Object end(AtomicReference<Object> cell) {
      return cell.get();
    }
  }

  @Operation(params = {"key", "cost", "at"})
  public Decision check(int key, int cost, int at) {
    while (true) {
      AtomicReference<Object> cell = cells.computeIfAbsent(key, absent -> new AtomicReference<>());
      Object seen = cell.get();
      if (seen == DROPPED) {
        Thread.onSpinWait();
        continue;
      }
      Gcra.Tat state = (Gcra.Tat) seen;
      var step = gcra.apply(state, at, cost);
      if (!step.decision().allowed() || replace(cell, seen, step.state())) {
        return step.decision();
      }
    }
  }

  /** Ends the cell before it leaves the map, as the cache's listener does; tells whether a state was lost. */
  @Operation(params = "key")
  public boolean evict(int key) {
    AtomicReference<Object> cell = cells.get(key);
    if (cell == null) {
      return false;
    }
    Object state = end(cell);
    cells.remove(key, cell);
    return state != null && state != DROPPED;
  }

  boolean replace(AtomicReference<Object> cell, Object seen, Object next) {
    return cell.compareAndSet(seen, next);
  }

  Object end(AtomicReference<Object> cell) {
    return cell.getAndSet(DROPPED);
  }
}
