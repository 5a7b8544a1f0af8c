package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The algorithms in the order of every table and plot, what each promises, and how it is drawn: {@code algorithms.json}. */
final class Algorithms {
  private static final Map<String, Look> LOOKS = JsonMapper.shared()
      .readValue(
          Algorithms.class.getResourceAsStream("algorithms.json"),
          new TypeReference<LinkedHashMap<String, Look>>() {});

  private static final List<String> IDS = List.copyOf(LOOKS.keySet());

  /** The hues of Okabe and Ito, each moved to where it is seen on white and on black (contrast 3:1) and told from the others by the colour-blind. */
  private record Look(
      String promise, String color, List<Integer> dash, String symbol, double width) {}

  /** Ratelab's algorithms first, in the pages' order, then peers, then physical limits. */
  static final Comparator<Measurement> ORDER = Comparator.<Measurement>comparingInt(
          Algorithms::kind)
      .thenComparingInt(m -> position(m.algorithm()));

  private Algorithms() {}

  /** A phrase, empty for an algorithm that is not known. */
  static String promise(String algorithm) {
    Look look = LOOKS.get(algorithm);
    return look == null ? "" : look.promise;
  }

  /** The algorithms that were measured, in the pages' order. */
  static List<String> measured(List<Measurement> measurements) {
    return measurements.stream()
        .filter(m -> isOurs(m) && !m.algorithm().equals(Measurement.NONE))
        .sorted(ORDER)
        .map(Measurement::algorithm)
        .distinct()
        .toList();
  }

  static boolean isOurs(Measurement m) {
    return kind(m) == 0;
  }

  /** Whether a row is what no limiter can beat. */
  static boolean isLimit(Measurement m) {
    return kind(m) == 2;
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
