package dev.ratelab.verification.replication;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Rows for people: shares and errors in percent, each with its 95 % interval. */
public final class MarkdownTable {
  private static final List<Measure> SHOWN = List.of(Measure.values());

  private MarkdownTable() {}

  public static String head() {
    return "| workload | sources | requests | %s |\n|---|---:|---:|%s\n"
        .formatted(
            SHOWN.stream().map(measure -> measure.metric().id()).collect(Collectors.joining(" | ")),
            "---:|".repeat(SHOWN.size()));
  }

  public static String line(Row row) {
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %,d | %s |\n",
        row.workload(),
        row.sources(),
        row.requests(),
        SHOWN.stream().map(measure -> text(row.of(measure))).collect(Collectors.joining(" | ")));
  }

  private static String text(BootstrapEstimate estimate) {
    return "%s (%s to %s)"
        .formatted(percent(estimate.value()), percent(estimate.low()), percent(estimate.high()));
  }

  /** Two significant digits, as a share may be 0.003 % or 50 %. */
  private static String percent(double share) {
    double percent = 100 * share;
    if (percent == 0) {
      return "0";
    }
    int digits = Math.max(0, 1 - (int) Math.floor(Math.log10(percent)));
    return String.format(Locale.ROOT, "%." + digits + "f", percent);
  }
}
