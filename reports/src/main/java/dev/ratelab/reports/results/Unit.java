package dev.ratelab.reports.results;

import java.util.Arrays;
import java.util.Optional;

/** What a number counts in. */
public enum Unit {
  PER_SECOND("1/s"),
  MICROSECONDS("us"),
  BYTES("B"),
  REQUESTS("requests"),
  PERMITS("permits"),
  /** So many times something, or so many of something a decision. */
  RATIO("1"),
  /** A part of a whole, from 0 to 1; the pages show it in percent. */
  SHARE("1");

  private final String symbol;

  Unit(String symbol) {
    this.symbol = symbol;
  }

  /** As {@code results.json} has it. */
  public String symbol() {
    return symbol;
  }

  /** The unit of a measurement; empty for one that this version does not know. */
  public static Optional<Unit> of(Measurement m) {
    return Metric.of(m)
        .map(Metric::unit)
        .or(() ->
            Arrays.stream(values()).filter(unit -> unit.symbol.equals(m.unit())).findFirst());
  }
}
