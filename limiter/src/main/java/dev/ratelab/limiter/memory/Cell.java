package dev.ratelab.limiter.memory;

import java.io.Serial;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where a counter's state lies: null before the first charge, otherwise what its transition returned last. Whoever charges one
 * counter replaces it by compare-and-set. Whoever charges several puts a {@link Locked} in the place of each, and later the next state.
 * A cell that has left the store holds a mark for ever: who still has it asks the store for another.
 */
final class Cell extends AtomicReference<@Nullable Object> {
  @Serial
  private static final long serialVersionUID = 1;

  private static final Object DROPPED = new Object();

  /** A thread that holds a lock is hardly ever interrupted; if it is, waiting for it must not take its processor. */
  private static final int SPINS = 50;

  /** A state that only the thread which put this here may replace. */
  record Locked(@Nullable Object state) {}

  /** Whether what was read is no state: it is locked, or the cell has left the store. */
  static boolean isClosed(@Nullable Object content) {
    return content instanceof Locked || content == DROPPED;
  }

  /** Waits a moment for a cell that is closed. */
  @SuppressWarnings("ThreadPriorityCheck") // parking would cost more than the wait is long
  static void pause(int tries) {
    if (tries < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /** Locks it, if nobody else has. */
  @Nullable
  Locked tryLock() {
    Object state = get();
    Locked locked = new Locked(state);
    return !isClosed(state) && compareAndSet(state, locked) ? locked : null;
  }

  /** Ends it, if it still holds this state. */
  boolean tryDrop(@Nullable Object state) {
    return compareAndSet(state, DROPPED);
  }

  /** Ends it, and returns what it held. */
  @Nullable
  Object drop() {
    return getAndSet(DROPPED);
  }

  /** The state, also while it is locked. */
  @Nullable
  Object state() {
    Object content = get();
    return content instanceof Locked locked ? locked.state : content == DROPPED ? null : content;
  }
}
