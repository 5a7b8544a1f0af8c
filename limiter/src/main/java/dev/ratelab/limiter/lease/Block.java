package dev.ratelab.limiter.lease;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Permits that were charged at once and are spent one by one. Thread-safe. */
final class Block {
  /** What who has borrowed nothing holds. */
  static final Block NONE = new Block(Long.MIN_VALUE, Long.MIN_VALUE, 0, 0);

  private static final VarHandle LEFT;

  static {
    try {
      LEFT = MethodHandles.lookup().findVarHandle(Block.class, "left", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** When the request for it was sent, in microseconds on this instance's clock. */
  final long sent;

  /** The first instant from which it can no longer be spent. */
  final long end;

  final long permits;

  /** When the first permit's turn is, in a queue that drains. */
  final long due;

  /** Whether it was thought of borrowing ahead of its end. */
  volatile boolean renewed;

  private volatile long left;

  Block(long sent, long end, long permits, long due) {
    this.sent = sent;
    this.end = end;
    this.permits = permits;
    this.due = due;
    left = permits;
  }

  /** What is not spent, whether it still can be or not. */
  long unspent() {
    return left;
  }

  /** Takes all of a cost or nothing. */
  boolean take(long cost) {
    while (true) {
      long seen = left;
      if (seen < cost) {
        return false;
      }
      if (LEFT.compareAndSet(this, seen, seen - cost)) {
        return true;
      }
    }
  }

  /** Takes as much of a cost as there is, and returns how much that was. */
  long takeUpTo(long cost) {
    while (true) {
      long seen = left;
      long taken = Math.min(seen, cost);
      if (LEFT.compareAndSet(this, seen, seen - taken)) {
        return taken;
      }
    }
  }

  /** Undoes a {@link #takeUpTo}. */
  void putBack(long taken) {
    LEFT.getAndAdd(this, taken);
  }
}
