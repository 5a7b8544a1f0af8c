package dev.ratelab.bench.simulate;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is under way, in order of its instants; at one instant in the order in which it was sent. To send and to receive take the same time
 * however much is under way; events are numbers in one array. There is a slot for each microsecond of this span of {@value #SPAN} and of the
 * next, few enough for the processor's cache. What comes later waits in a list of its span, and gets its slot when the span before begins:
 * before anything else of that span does, so the order is kept.
 */
final class EventWheel {
  static final int HORIZON = 1 << 21;

  private static final int SPAN = 1 << 12;
  private static final int SPAN_BITS = 12;
  private static final int SLOTS = 2 * SPAN;
  private static final int MASK = SLOTS - 1;
  private static final int SPANS = HORIZON / SPAN;
  private static final int NONE = 0;
  private static final int WORDS = 4;

  // Of each slot, and behind them of each later span.
  private final int[] first = new int[SLOTS + SPANS];
  private final int[] last = new int[SLOTS + SPANS];
  private final long[] filled = new long[SLOTS >> 6];

  /** Of an event in a span's list, its slot. */
  private int[] slots = new int[1 << 10];

  /** Spans before it have slots. */
  private long later;

  // Of each event: next (32 bits) and kind (8), epoch (24); instance and key; two numbers.
  private long[] words = new long[WORDS << 10];
  private @Nullable Object[] objects = new Object[1 << 10];
  private int free = NONE;
  private int made = 1;
  private int scheduled;
  private long cursor;

  EventWheel(long start) {
    cursor = start;
    later = (start >> SPAN_BITS) + 2;
  }

  /** A new event, not yet scheduled. */
  int take(int kind, int epoch, int instance, int key, long a, long b) {
    int event = free;
    if (event == NONE) {
      event = made++;
      if (event == objects.length) {
        words = Arrays.copyOf(words, 2 * words.length);
        objects = Arrays.copyOf(objects, 2 * objects.length);
        slots = Arrays.copyOf(slots, 2 * slots.length);
      }
    } else {
      free = link(event);
    }
    int at = event * WORDS;
    words[at] = ((long) epoch << 40) | ((long) kind << 32);
    words[at + 1] = ((long) instance << 32) | key;
    words[at + 2] = a;
    words[at + 3] = b;
    return event;
  }

  /** Gives an event back, and returns the next in its list. */
  int free(int event) {
    int next = link(event);
    link(event, free);
    free = event;
    return next;
  }

  int kind(int event) {
    return (int) (words[event * WORDS] >>> 32) & 0xff;
  }

  void kind(int event, int kind) {
    words[event * WORDS] = (words[event * WORDS] & ~(0xffL << 32)) | ((long) kind << 32);
  }

  int epoch(int event) {
    return (int) (words[event * WORDS] >>> 40);
  }

  int instance(int event) {
    return (int) (words[event * WORDS + 1] >>> 32);
  }

  int key(int event) {
    return (int) words[event * WORDS + 1];
  }

  long a(int event) {
    return words[event * WORDS + 2];
  }

  void a(int event, long a) {
    words[event * WORDS + 2] = a;
  }

  long b(int event) {
    return words[event * WORDS + 3];
  }

  void b(int event, long b) {
    words[event * WORDS + 3] = b;
  }

  @Nullable
  Object object(int event) {
    return objects[event];
  }

  void object(int event, @Nullable Object object) {
    objects[event] = object;
  }

  /** The next in a list of events, 0 at its end. Only for those that are not scheduled. */
  int link(int event) {
    return (int) words[event * WORDS];
  }

  void link(int event, int next) {
    words[event * WORDS] = (words[event * WORDS] & ~0xffffffffL) | next;
  }

  /**
   * Lets an event come at an instant, in the order of calls where there are several.
   *
   * @throws IllegalArgumentException if that lies behind, or after the horizon
   */
  void schedule(int event, long at) {
    if (at < cursor || at >= cursor + HORIZON) {
      throw new IllegalArgumentException(
          "an event in %s us; accepted: 0 to %s".formatted(at - cursor, HORIZON - 1));
    }
    int slot = (int) at & MASK;
    long span = at >> SPAN_BITS;
    if (span < later) {
      filled[slot >> 6] |= 1L << slot;
      append(slot, event);
    } else {
      slots[event] = slot;
      append(SLOTS + ((int) span & (SPANS - 1)), event);
    }
    scheduled++;
  }

  private void append(int list, int event) {
    link(event, NONE);
    if (first[list] == NONE) {
      first[list] = event;
    } else {
      link(last[list], event);
    }
    last[list] = event;
  }

  /** Gives slots to what comes up to the end of the span after the cursor's. */
  private void turn() {
    for (long begun = (cursor >> SPAN_BITS) + 2; later < begun; later++) {
      int list = SLOTS + ((int) later & (SPANS - 1));
      int event = first[list];
      first[list] = NONE;
      while (event != NONE) {
        int next = link(event);
        int slot = slots[event];
        filled[slot >> 6] |= 1L << slot;
        append(slot, event);
        event = next;
      }
    }
  }

  /** Takes out the first event before an instant, or returns 0 if there is none. */
  int next(long until) {
    if (scheduled == 0) {
      cursor = Math.max(cursor, until);
      later = Math.max(later, (cursor >> SPAN_BITS) + 2);
      return NONE;
    }
    while (cursor < until) {
      int slot = (int) cursor & MASK;
      long ahead = filled[slot >> 6] >>> slot;
      if (ahead == 0) {
        cursor = Math.min(until, cursor + 64 - (slot & 63));
        if ((cursor >> SPAN_BITS) + 2 > later) {
          turn();
        }
      } else {
        int skip = Long.numberOfTrailingZeros(ahead);
        if (cursor + skip >= until) {
          break;
        }
        cursor += skip;
        return remove(slot + skip);
      }
    }
    cursor = Math.max(cursor, until);
    return NONE;
  }

  private int remove(int slot) {
    int event = first[slot];
    first[slot] = link(event);
    if (first[slot] == NONE) {
      filled[slot >> 6] &= ~(1L << slot);
    }
    scheduled--;
    return event;
  }

  /** The instant of the event taken out last. */
  long now() {
    return cursor;
  }

  /** Whether nothing is under way. */
  boolean isEmpty() {
    return scheduled == 0;
  }
}
