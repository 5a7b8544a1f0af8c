package dev.ratelab.bench.simulate;

/** Queues of events that are not scheduled: first come, first out. */
final class EventQueues {
  private final EventWheel events;
  private final int[] first;
  private final int[] last;
  private final int[] size;

  /** So many, by their numbers from 0 on. */
  EventQueues(EventWheel events, int queues) {
    this.events = events;
    first = new int[queues];
    last = new int[queues];
    size = new int[queues];
  }

  void add(int queue, int event) {
    events.link(event, 0);
    if (first[queue] == 0) {
      first[queue] = event;
    } else {
      events.link(last[queue], event);
    }
    last[queue] = event;
    size[queue]++;
  }

  /** The event that came first, 0 if there is none. */
  int first(int queue) {
    return first[queue];
  }

  int size(int queue) {
    return size[queue];
  }

  /** Takes out the first event, and gives it back. */
  void freeFirst(int queue) {
    first[queue] = events.free(first[queue]);
    size[queue]--;
  }

  /** Takes out all events behind the first so many, and returns them as a list. */
  int cut(int queue, int kept) {
    int end = 0;
    int rest = first[queue];
    for (int i = 0; i < kept; i++) {
      end = rest;
      rest = events.link(rest);
    }
    if (end == 0) {
      first[queue] = 0;
    } else {
      events.link(end, 0);
    }
    last[queue] = end;
    size[queue] = kept;
    return rest;
  }
}
