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
 * @param environment where it ran: machine, JVM, Redis; in the order to be shown
 * @param notices what it says in words: warnings, peers, what was left out
 * @param parameters what it was asked to do: profile, seed, limit; in the order to be shown
 */
public record Results(
    Map<String, String> environment,
    List<Notice> notices,
    Map<String, String> parameters,
    List<Measurement> measurements) {

  /** The version of the format that is written; {@value #OLDEST_SCHEMA} is still read. */
  public static final int SCHEMA = 2;

  static final int OLDEST_SCHEMA = 1;

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if two measurements measure the same
   */
  public Results {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    notices = List.copyOf(notices);
    measurements = List.copyOf(measurements);
    Set<Measurement.Identity> seen = new HashSet<>();
    for (Measurement measurement : measurements) {
      if (!seen.add(measurement.identity())) {
        throw new IllegalArgumentException("measured twice: " + measurement.identity());
      }
    }
  }

  /** Those of a kind, in the order written. */
  public List<Notice> notices(Notice.Kind kind) {
    return notices.stream().filter(notice -> notice.kind() == kind).toList();
  }
}
