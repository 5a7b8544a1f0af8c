package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the first screen says about one place: of each metric the rows of one load, those of Ratelab
 * alone.
 *
 * @param name such as {@code Redis over Jedis}
 * @param rates decisions a second
 * @param limit the physical limit that these are held against, under as many threads, or null
 * @param waits 99th percentiles
 * @param cpu Redis' processor time a decision
 */
record BackendSummary(
    String name,
    List<Measurement> rates,
    @Nullable Measurement limit,
    List<Measurement> waits,
    List<Measurement> cpu,
    List<Measurement> bytes) {
  /** The tightest first. */
  private static final List<String> LIMITS = List.of("no-op-evalsha", "clock-read", "ping");

  private static final Pattern TYPICAL = Pattern.compile("(zipf|admitted)(-[0-9.]+)?");

  /** In memory first, then in the order measured. */
  static List<BackendSummary> of(ReportedRun run) {
    List<Measurement> rates = run.metric("throughput", Metric.OPERATIONS);
    List<Measurement> limits = rates.stream().filter(Algorithms::isLimit).toList();
    List<Measurement> waits = run.metric("latency", Metric.P99);
    List<Measurement> bytes = run.metric("memory", Metric.BYTES_PER_KEY);
    List<Measurement> cpu = Stream.of(
            run.metric("throughput", Metric.SERVER_CPU),
            run.metric("redis-cost", Metric.CPU_PER_DECISION),
            run.metric("redis-cost", Metric.SCRIPT_TIME))
        .filter(rows -> !rows.isEmpty())
        .findFirst()
        .orElse(List.of());
    Set<String> names = new LinkedHashSet<>();
    for (List<Measurement> rows : List.of(rates, waits, cpu, bytes)) {
      rows.stream()
          .filter(BackendSummary::ours)
          .sorted(Comparator.comparing(m -> !m.backend().equals("memory")))
          .forEach(m -> names.add(Names.place(m)));
    }
    List<BackendSummary> places = new ArrayList<>();
    for (String name : names) {
      List<Measurement> fast = oneLoad(name, rates, limits);
      places.add(new BackendSummary(
          name,
          fast,
          fast.isEmpty() ? null : limit(fast.get(0), limits).orElse(null),
          oneLoad(name, waits, List.of()),
          oneLoad(name, cpu, List.of()),
          oneLoad(name, bytes, List.of())));
    }
    return places;
  }

  /** The tightest physical limit of a row's place on as many threads. */
  static Optional<Measurement> limit(Measurement row, List<Measurement> limits) {
    return limits.stream()
        .filter(limit -> Panel.isFor(row, limit))
        .min(Comparator.comparingInt(limit -> {
          int position = LIMITS.indexOf(limit.workload().replaceFirst("-\\d+-in-flight$", ""));
          return position < 0 ? LIMITS.size() : position;
        }));
  }

  /** The peer with the best value that is an instance of the same algorithm under the same load. */
  static Optional<Measurement> bestPeer(Measurement row, List<Measurement> metric) {
    Comparator<Measurement> larger = Comparator.comparingDouble(Measurement::value);
    boolean higher =
        Metric.of(row).filter(m -> m.better() == Metric.Better.HIGHER).isPresent();
    return metric.stream()
        .filter(Algorithms::isPeer)
        .filter(peer -> peer.algorithm().equals(row.algorithm()) && sameLoad(peer, row))
        .max(higher ? larger : larger.reversed());
  }

  /** A peer may bring its own Redis client, and is then held against each of ours. */
  static boolean sameLoad(Measurement peer, Measurement row) {
    return peer.backend().equals(row.backend())
        && (peer.client().equals(row.client()) || !OUR_CLIENTS.contains(peer.client()))
        && peer.workload().equals(row.workload())
        && peer.threads() == row.threads();
  }

  private static final Set<String> OUR_CLIENTS = Set.of("lettuce", "jedis", Measurement.NONE);

  /**
   * Of several loads, the one that most algorithms ran under; of those one that has a physical limit,
   * then one with keys as uneven as in real traffic or one that is let through, then the last measured.
   */
  private static List<Measurement> oneLoad(
      String place, List<Measurement> metric, List<Measurement> limits) {
    Map<String, List<Measurement>> byLoad = ReportedRun.by(
        Names::load,
        metric.stream()
            .filter(BackendSummary::ours)
            .filter(m -> Names.place(m).equals(place))
            .toList());
    Comparator<List<Measurement>> better = Comparator.<List<Measurement>>comparingInt(List::size)
        .thenComparing(rows -> limit(rows.get(0), limits).isPresent())
        .thenComparing(rows -> TYPICAL.matcher(rows.get(0).workload()).matches());
    return byLoad.values().stream()
        .reduce((one, next) -> better.compare(next, one) >= 0 ? next : one)
        .orElse(List.of());
  }

  private static boolean ours(Measurement m) {
    return Algorithms.isOurs(m) && !m.algorithm().equals(Measurement.NONE);
  }

  /** The row of an algorithm, null if it has none. */
  static @Nullable Measurement row(List<Measurement> rows, String algorithm) {
    return rows.stream()
        .filter(m -> m.algorithm().equals(algorithm))
        .findFirst()
        .orElse(null);
  }

  /** The share of the physical limit that an algorithm reaches. */
  Optional<Ratio> share(String algorithm) {
    Measurement rate = row(rates, algorithm);
    return rate == null || limit == null ? Optional.empty() : Ratio.of(rate, limit);
  }
}
