package dev.ratelab.limiter.lease;

import org.jspecify.annotations.Nullable;

/** Permits that were charged at once and are not spent before all of an earlier block are. Its counter guards it. */
final class Block {
  /** When the request for it was sent, in microseconds on this instance's clock. */
  final long sent;

  /** The first instant from which it can no longer be spent. */
  final long end;

  final int permits;

  /** When the first permit's turn is, in a queue that drains. */
  final long due;

  /** What is spent after it. */
  @Nullable
  Block next;

  Block(long sent, long end, int permits, long due) {
    this.sent = sent;
    this.end = end;
    this.permits = permits;
    this.due = due;
  }
}
