package dev.ratelab.cli;

import java.time.Duration;

/** A fleet to begin with. */
record FleetPreset(
    int instances, long keys, double rate, int shards, int regions, Duration duration) {
  private static final FleetPreset SMALL =
      new FleetPreset(10, 1_000, 20_000, 1, 1, Duration.ofSeconds(10));
  private static final FleetPreset INTERNET =
      new FleetPreset(1_000, 100_000_000, 10_000_000, 256, 3, Duration.ofSeconds(2));

  /**
   * The preset of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static FleetPreset of(String name) {
    return switch (name) {
      case "small" -> SMALL;
      case "internet" -> INTERNET;
      default ->
        throw new IllegalArgumentException(
            "'%s' is no preset; accepted: small, internet".formatted(name));
    };
  }
}
