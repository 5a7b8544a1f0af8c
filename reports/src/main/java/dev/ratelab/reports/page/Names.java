package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;

/** What the pages call things. */
final class Names {
  private Names() {}

  /** Where the decision is made: {@code memory}, {@code Redis over Lettuce}. */
  static String place(Measurement m) {
    String backend = switch (m.backend()) {
      case "redis" -> "Redis";
      case "redis-cluster" -> "Redis Cluster";
      default -> m.backend();
    };
    String client = switch (m.client()) {
      case "lettuce" -> "Lettuce";
      case "jedis" -> "Jedis";
      default -> m.client();
    };
    if (client.equals(Measurement.NONE)) {
      return backend;
    }
    return backend.equals(Measurement.NONE) ? client : backend + " over " + client;
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

  /** A metric as a column's heading. */
  static String metric(String metric) {
    return switch (metric) {
      case "max-in-window" -> "E(W)";
      case "bound-in-window" -> "its bound";
      case "worst-ratio" -> "worst E(τ) / bound";
      case "differ" -> "decided differently";
      case "bytes-per-key" -> "bytes per key";
      default -> metric.replace('-', ' ');
    };
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
    if (m.threads() == 1 && !m.experiment().equals("throughput")) {
      return m.workload().equals(Measurement.NONE) ? "" : m.workload();
    }
    String threads = m.threads() == 1 ? "1 thread" : m.threads() + " threads";
    return m.workload().equals(Measurement.NONE) ? threads : m.workload() + ", " + threads;
  }
}
