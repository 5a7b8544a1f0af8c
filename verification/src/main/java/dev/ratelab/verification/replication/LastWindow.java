package dev.ratelab.verification.replication;

/** How many instants lie in the last window: the truth, whatever the limit. Grows to the busiest window seen. */
final class LastWindow {
  private final long window;
  private long[] instants = new long[8];
  private int first;
  private int size;

  LastWindow(long window) {
    this.window = window;
  }

  /** Those after {@code now - W} and up to now, with all that was added. */
  int count(long now) {
    while (size > 0 && instants[first] <= now - window) {
      first = (first + 1) & (instants.length - 1);
      size--;
    }
    return size;
  }

  void add(long now) {
    if (size == instants.length) {
      long[] larger = new long[2 * size];
      for (int i = 0; i < size; i++) {
        larger[i] = instants[(first + i) & (size - 1)];
      }
      instants = larger;
      first = 0;
    }
    instants[(first + size) & (instants.length - 1)] = now;
    size++;
  }
}
