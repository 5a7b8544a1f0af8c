package dev.ratelab.verification.search;

import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * E(τ) exactly, where the catalogue's closed formula is a bound that nothing reaches, too. It differs from {@link Oracle#bound} in two
 * places: what counts in buckets over more than a window, and buckets so small that a refill is lost to their brim.
 */
public final class TightCurve {
  private TightCurve() {}

  /** The most that is admitted by some arrivals in so many consecutive microseconds. The rule is to be small: it takes time as N²·τ. */
  public static long admitted(String algorithm, OracleRule rule, long tau) {
    int buckets = Oracle.of(algorithm, rule).buckets();
    if (buckets > 0) {
      return counted(rule, buckets, tau);
    }
    return switch (algorithm) {
      case "token-bucket", "gcra", "leaky-bucket" -> bucket(rule, tau);
      default -> Oracle.of(algorithm, rule).bound(tau).longValueExact();
    };
  }

  /**
   * Where cost is counted in buckets, only their totals matter, and what a bucket admits does best to come at its last instant of
   * the interval, when the oldest weighs least. Nothing was admitted before, as that only takes room. What is best to have admitted
   * so far is kept by the totals of the last k + 1 buckets, for an interval that begins at any phase of the window.
   */
  private static long counted(OracleRule rule, int buckets, long tau) {
    long best = 0;
    for (long first = 0; first < rule.window(); first++) {
      Map<List<Long>, Long> most = Map.of(Collections.nCopies(buckets + 1, 0L), 0L);
      long bucket = first * buckets / rule.window();
      for (long at = first; at < first + tau; at++) {
        long next = (at + 1) * buckets / rule.window();
        if (next == bucket && at + 1 < first + tau) {
          continue;
        }
        Map<List<Long>, Long> later = new HashMap<>();
        long weight = rule.window() - at * buckets % rule.window();
        for (Map.Entry<List<Long>, Long> one : most.entrySet()) {
          List<Long> totals = one.getKey();
          long room = rule.permits() + Math.floorDiv(-totals.get(buckets) * weight, rule.window());
          for (int i = 0; i < buckets; i++) {
            room -= totals.get(i);
          }
          for (long more = 0; more <= room; more++) {
            List<Long> after = new ArrayList<>(totals);
            after.set(0, more);
            for (long shift = Math.min(next - bucket, buckets + 1); shift > 0; shift--) {
              after.add(0, 0L);
              after.remove(buckets + 1);
            }
            later.merge(after, one.getValue() + more, Math::max);
          }
        }
        most = later;
        bucket = next;
      }
      best = Math.max(best, Collections.max(most.values()));
    }
    return best;
  }

  /** Taking at every instant all there is, is best: it only makes room at the brim. In 1/W of a token. */
  private static long bucket(OracleRule rule, long tau) {
    long level = rule.burst() * rule.window();
    long admitted = 0;
    for (long i = 0; i < tau; i++) {
      admitted += level / rule.window();
      level = Math.min(rule.burst() * rule.window(), level % rule.window() + rule.permits());
    }
    return admitted;
  }
}
