package dev.ratelab.server.http;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The unanswered requests of one connection, in the order in which they are to be answered, and the memory that they take. */
final class RequestQueue {
  private static final int MAX_UNANSWERED = 128;

  private final Deque<Exchange> queue = new ArrayDeque<>();
  private long bytes;

  void add(Exchange exchange) {
    queue.add(exchange);
    bytes += exchange.bytes();
  }

  /** Counts more bytes for one of them. */
  void add(Exchange exchange, long more) {
    exchange.add(more);
    bytes += more;
  }

  /** The one of which a part is still to come. It is always the newest. */
  @Nullable
  Exchange arriving() {
    Exchange newest = queue.peekLast();
    return newest != null && newest.state().arrives() ? newest : null;
  }

  /** Forgets the one of which a part was still to come. */
  void cut(Exchange arriving) {
    arriving.on(RequestState.Event.CUT);
    queue.removeLast();
    bytes -= arriving.bytes();
  }

  @Nullable
  Exchange first() {
    return queue.peek();
  }

  void removeFirst() {
    bytes -= queue.remove().bytes();
  }

  boolean isFull() {
    return queue.size() >= MAX_UNANSWERED;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  long bytes() {
    return bytes;
  }

  void clear() {
    queue.clear();
    bytes = 0;
  }
}
