package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Algorithm;
import java.util.List;
import java.util.stream.IntStream;

/** Keys as an attacker chooses them. */
final class Keys {
  private Keys() {}

  /** Different strings of one {@link String#hashCode}: "Aa" and "BB" have the same. */
  static List<String> ofOneHashCode(int count) {
    return IntStream.range(0, count).mapToObj(Keys::spelled).toList();
  }

  /** A number's bits, each as one of two pairs of letters. */
  private static String spelled(int number) {
    StringBuilder text = new StringBuilder();
    for (int bit = 0; bit < 16; bit++) {
      text.append((number >>> bit & 1) == 0 ? "Aa" : "BB");
    }
    return text.toString();
  }

  /** As how many keys a counter counts that has admitted once. */
  static int weight(Algorithm algorithm) {
    return algorithm == Algorithm.SLIDING_WINDOW_LOG
            || algorithm == Algorithm.SLIDING_WINDOW_BUCKETS
        ? 3
        : 1;
  }
}
