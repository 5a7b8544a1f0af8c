package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the pages call things. */
final class Names {
  private static final Set<String> SPEED = Set.of("throughput", "scaling");

  private static final Map<String, String> PRINTED = Map.of(
      "redis", "Redis", "redis-cluster", "Redis Cluster", "lettuce", "Lettuce", "jedis", "Jedis");

  private Names() {}

  /** The first letter large. */
  static String sentence(String phrase) {
    return phrase.isEmpty()
        ? phrase
        : phrase.substring(0, 1).toUpperCase(Locale.ROOT) + phrase.substring(1);
  }

  /** {@code a, b and c}. */
  static String list(List<String> names) {
    int last = names.size() - 1;
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  /** {@code 1 thread}, {@code 2 threads}. */
  static String threads(int threads) {
    return Numbers.counted(threads, "thread");
  }

  /** Where the decision is made: {@code memory}, {@code Redis over Lettuce}. */
  static String place(Measurement m) {
    return Stream.of(m.place().split(" ", -1))
        .map(word -> PRINTED.getOrDefault(word, word))
        .collect(Collectors.joining(" "));
  }

  /** Who is measured: an algorithm, a peer or a physical limit. */
  static String subject(Measurement m) {
    return switch (m.subject()) {
      case Measurement.RATELAB -> m.algorithm();
      case Measurement.LIMIT -> "limit: " + m.workload();
      default ->
        m.algorithm().equals(Measurement.NONE) ? m.subject() : m.subject() + ", " + m.algorithm();
    };
  }

  /** A measurement's metric as a heading. */
  static String metric(Measurement m) {
    return Metric.of(m).map(Metric::label).orElse(m.metric().replace('-', ' '));
  }

  /** The style of {@link Chart} for this subject. */
  static String style(Measurement m) {
    return switch (m.subject()) {
      case Measurement.RATELAB -> m.algorithm();
      case Measurement.LIMIT -> "limit";
      default -> "peer";
    };
  }

  /** The load: {@code uniform, 2 threads}; one thread is only worth a word where speed is measured. */
  static String load(Measurement m) {
    if (m.threads() == 1 && !SPEED.contains(m.experiment())) {
      return m.workload().equals(Measurement.NONE) ? "" : m.workload();
    }
    String threads = m.experiment().equals("http")
        ? Numbers.counted(m.threads(), "connection")
        : threads(m.threads());
    return m.workload().equals(Measurement.NONE) ? threads : m.workload() + ", " + threads;
  }
}
