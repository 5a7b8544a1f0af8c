package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The algorithms in the order of every table and plot, and what each promises. */
final class Algorithms {
  private static final Map<String, String> PROMISES = new LinkedHashMap<>();

  static {
    PROMISES.put("fixed-window", "N per clock window, 2N across an edge");
    PROMISES.put("sliding-window-counter", "about N per window; worst case 2N\u00a0−\u00a01");
    PROMISES.put("sliding-window-log", "never more than N in any window");
    PROMISES.put("token-bucket", "a burst, then a steady rate");
    PROMISES.put("gcra", "as the token bucket, from one timestamp");
    PROMISES.put("leaky-bucket", "a queue: evenly spaced, so some wait");
  }

  private static final List<String> IDS = List.copyOf(PROMISES.keySet());

  /** Ratelab's algorithms first, in the pages' order, then peers, then physical limits. */
  static final Comparator<Measurement> ORDER = Comparator.<Measurement>comparingInt(
          Algorithms::kind)
      .thenComparingInt(m -> position(m.algorithm()));

  private Algorithms() {}

  /** A phrase, empty for an algorithm that is not known. */
  static String promise(String algorithm) {
    return PROMISES.getOrDefault(algorithm, "");
  }

  /** The algorithms that were measured, in the pages' order. */
  static List<String> measured(List<Measurement> measurements) {
    List<String> measured = new ArrayList<>();
    measurements.stream()
        .filter(m -> m.subject().equals(Measurement.RATELAB))
        .filter(m -> !m.algorithm().equals(Measurement.NONE))
        .sorted(ORDER)
        .map(Measurement::algorithm)
        .distinct()
        .forEach(measured::add);
    return measured;
  }

  /** Whether a row is about somebody else's limiter. */
  static boolean isPeer(Measurement m) {
    return kind(m) == 1;
  }

  private static int kind(Measurement m) {
    return switch (m.subject()) {
      case Measurement.RATELAB -> 0;
      case Measurement.LIMIT -> 2;
      default -> 1;
    };
  }

  private static int position(String algorithm) {
    int index = IDS.indexOf(algorithm);
    return index < 0 ? IDS.size() : index;
  }
}
