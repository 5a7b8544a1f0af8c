package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One setting of the leases, and all that was measured of it.
 *
 * @param block b, 0 without a lease
 * @param micros L
 */
record LeaseRow(String load, long block, double micros, List<Measurement> all) {
  // What a ratio to them is called: docs/results-format.md.
  static final String MEMORY = "memory";
  static final String CALLS = "call-a-decision";
  static final String BATCHES = "batches";

  private static final Pattern LEASED = Pattern.compile("(.+)-lease-(\\d+)-for-(\\d+)ms");
  private static final Pattern IN_FLIGHT = Pattern.compile("-\\d+-in-flight");

  /** All of a run, by their time and then by their block. */
  static List<LeaseRow> of(ReportedRun run) {
    return ReportedRun.by(
            m -> List.of(m.algorithm(), m.backend(), m.client(), m.workload()),
            run.experiment(LeasesPage.ID))
        .values()
        .stream()
        .map(LeaseRow::of)
        .sorted(Comparator.comparingDouble(LeaseRow::micros).thenComparingLong(LeaseRow::block))
        .toList();
  }

  private static LeaseRow of(List<Measurement> all) {
    String workload = all.get(0).workload();
    Matcher leased = LEASED.matcher(workload);
    return leased.matches()
        ? new LeaseRow(
            leased.group(1),
            Long.parseLong(leased.group(2)),
            1e3 * Long.parseLong(leased.group(3)),
            all)
        : new LeaseRow(IN_FLIGHT.matcher(workload).replaceFirst(""), 0, 0, all);
  }

  static SortedMap<String, List<LeaseRow>> byLoad(List<LeaseRow> rows) {
    return rows.stream()
        .collect(Collectors.groupingBy(LeaseRow::load, TreeMap::new, Collectors.toList()));
  }

  boolean leased() {
    return block > 0;
  }

  @Nullable
  Measurement get(Metric metric) {
    return all.stream().filter(metric::is).findFirst().orElse(null);
  }

  double value(Metric metric) {
    Measurement found = get(metric);
    return found == null ? Double.NaN : found.value();
  }

  /** Who decides. */
  String who() {
    if (leased()) {
      return "lease of %s for %s".formatted(Numbers.count(block), Numbers.micros(micros));
    }
    if (get(Metric.EXCESS) != null) {
      // Requests share calls there.
      return "no lease";
    }
    Measurement any = all.get(0);
    return title(
        any.backend().equals(MEMORY)
            ? MEMORY
            : IN_FLIGHT.matcher(any.workload()).find() ? BATCHES : CALLS);
  }

  /** In words, who decides without a lease. */
  static String title(String without) {
    return switch (without) {
      case MEMORY -> "in memory";
      case CALLS -> "a call a decision";
      default -> without;
    };
  }

  String algorithm() {
    return all.get(0).algorithm();
  }

  boolean simulated() {
    return all.get(0).backend().equals(Measurement.SIMULATED);
  }

  Optional<Ratio> ratio(String to) {
    return Optional.ofNullable(get(Metric.OPERATIONS)).flatMap(m -> m.ratioTo(to));
  }
}
