package dev.ratelab.verification.search;

import dev.ratelab.verification.oracle.Bound;
import dev.ratelab.verification.oracle.Rule;
import java.util.Arrays;

/**
 * E(τ) exactly, where the catalogue's closed formula is a bound that nothing reaches, too. It differs from {@link Bound} in two
 * places: the sliding window counter over more than a window, and buckets so small that a refill is lost to their brim.
 */
public final class TightCurve {
  private TightCurve() {}

  /**
   * The most that can be admitted in so many consecutive microseconds, and is by some arrivals.
   *
   * @param algorithm its name in the catalogue
   * @param rule what it enforces; small, as the time taken grows with N² and with τ
   * @param tau τ, over 0
   */
  public static long admitted(String algorithm, Rule rule, long tau) {
    return switch (algorithm) {
      case "sliding-window-counter" -> counter(rule, tau);
      case "token-bucket", "gcra", "leaky-bucket" -> bucket(rule, tau);
      default -> Bound.admitted(algorithm, rule, tau).longValueExact();
    };
  }

  /**
   * Only the windows' totals matter: with a(i-1) admitted in one window, the next one holds at most N - ceil(a(i-1)·(W-e)/W) by
   * its elapsed time e. The interval begins at the last instant of a window, where any total up to N can have been admitted; the
   * windows between end at e = W-1, the last one at e = (τ-2) mod W.
   */
  private static long counter(Rule rule, long tau) {
    if (tau == 1) {
      return rule.permits();
    }
    int permits = Math.toIntExact(rule.permits());
    long window = rule.window();
    long last = (tau - 2) % window;
    long between = (tau - 2) / window;
    // The most up to a window, by the total of that window.
    long[] most = new long[permits + 1];
    for (int total = 0; total <= permits; total++) {
      most[total] = total;
    }
    for (long i = 0; i <= between; i++) {
      long elapsed = i < between ? window - 1 : last;
      long[] next = new long[permits + 1];
      Arrays.fill(next, Long.MIN_VALUE);
      for (int before = 0; before <= permits; before++) {
        long room = permits + Math.floorDiv(-before * (window - elapsed), window);
        for (int total = 0; total <= room; total++) {
          next[total] = Math.max(next[total], most[before] + total);
        }
      }
      most = next;
    }
    long best = 0;
    for (long sum : most) {
      best = Math.max(best, sum);
    }
    return best;
  }

  /** Taking at every instant all there is, is best: it only makes room at the brim. In 1/W of a token. */
  private static long bucket(Rule rule, long tau) {
    long level = rule.burst() * rule.window();
    long admitted = 0;
    for (long i = 0; i < tau; i++) {
      admitted += level / rule.window();
      level = Math.min(rule.burst() * rule.window(), level % rule.window() + rule.permits());
    }
    return admitted;
  }
}
