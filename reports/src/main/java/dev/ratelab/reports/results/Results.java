package dev.ratelab.reports.results;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that one run says.
 *
 * @param schema the format's version, {@value #SCHEMA}
 * @param environment where it ran: machine, JVM, Redis; in the order to be shown
 * @param parameters what it was asked to do: profile, seed, limit; in the order to be shown
 * @param measurements what came out, in the order measured
 */
public record Results(
    int schema,
    Map<String, String> environment,
    Map<String, String> parameters,
    List<Measurement> measurements) {

  /** The only version there is. */
  public static final int SCHEMA = 1;

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if {@code schema} is not {@value #SCHEMA}, or two measurements
   *     measure the same
   */
  public Results {
    if (schema != SCHEMA) {
      throw new IllegalArgumentException("schema must be " + SCHEMA + ", but is " + schema);
    }
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    measurements = List.copyOf(measurements);
    Set<Measurement.Identity> seen = new HashSet<>();
    for (Measurement measurement : measurements) {
      if (!seen.add(measurement.identity())) {
        throw new IllegalArgumentException("measured twice: " + measurement.identity());
      }
    }
  }
}
