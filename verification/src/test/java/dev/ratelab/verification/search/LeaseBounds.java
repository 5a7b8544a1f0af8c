package dev.ratelab.verification.search;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.search.LeaseWalk.Counted;
import dev.ratelab.verification.search.LeaseWalk.TooManyStates;
import dev.ratelab.verification.search.LeaseWalk.Worst;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The bound of leases against the worst of all interleavings: one line a setting, over all its L and τ. */
final class LeaseBounds {
  /** The longest interval that is looked at, in microseconds. */
  static final int LONGEST = 12;

  private LeaseBounds() {}

  /** Settings that are walked together: L from 1 to the longest. */
  record Setting(Algorithm algorithm, Limit limit, int instances, int block, int longestLease) {
    Policy policy(long micros) {
      return Policy.of("p", algorithm, limit).withLease(new Lease(block, micros));
    }
  }

  /** What a fault admits over each of the two terms, in the first interval in which it does, or 0. */
  record Broken(LeaseFault fault, Setting setting, int micros, int first, int second) {}

  /** What a fault or a refund does where one of the terms shows it, on GCRA with T = 2. */
  static List<Broken> faults() {
    Limit limit = new Limit(12, 24, 3);
    Setting wide = new Setting(Algorithm.GCRA, limit, 1, 2, 3);
    Setting narrow = new Setting(Algorithm.GCRA, limit, 1, 1, 7);
    return Stream.of(LeaseFault.values())
        .flatMap(fault -> Stream.of(broken(fault, wide, 3), broken(fault, narrow, 7)))
        .toList();
  }

  private static Broken broken(LeaseFault fault, Setting setting, int micros) {
    int[] curve = curve(setting, micros);
    int[] most = worst(setting, micros, fault, Counted.ADMITTED, LONGEST).most();
    int first = 0;
    int second = 0;
    for (int tau = LONGEST; tau > 0; tau--) {
      first = most[tau] > curve[tau + micros - 1] ? tau : first;
      second = most[tau] > curve[tau] + setting.instances * setting.block ? tau : second;
    }
    return new Broken(fault, setting, micros, first, second);
  }

  /**
   * What was found.
   *
   * @param values how many pairs of L and τ there are
   * @param over in how many of them more was admitted than the bound
   * @param met in how many of them as much as the bound
   * @param below at most so much less than the bound
   * @param lost the most that lapsed in any L instants, over all L
   * @param states the most that were visited for one L
   */
  record Row(Setting setting, int values, int over, int met, int below, int lost, int states) {}

  /** Every algorithm, in seconds. */
  static List<Setting> small() {
    List<Setting> settings = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      Limit limit = algorithm.usesBurst()
          ? new Limit(12, 24, 3)
          : new Limit(2, 4, 2, algorithm.usesBuckets() ? 2 : Limit.DEFAULT_BUCKETS);
      settings.add(new Setting(algorithm, limit, 1, 1, 4));
      settings.add(new Setting(algorithm, limit, 1, 2, 3));
      settings.add(new Setting(algorithm, limit, 2, 1, 2));
      if (algorithm == Algorithm.GCRA) {
        settings.add(new Setting(algorithm, limit, 1, 3, 4));
        settings.add(new Setting(algorithm, limit, 2, 2, 2));
        settings.add(new Setting(algorithm, limit, 3, 1, 2));
      }
    }
    return settings;
  }

  /** All take hours, and some have too many states for the longest leases. */
  static List<Setting> large() {
    List<Setting> settings = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      List<Limit> limits = new ArrayList<>();
      if (algorithm.usesBurst()) {
        for (int interval = 1; interval <= 3; interval++) {
          for (int burst = 2; burst <= 4; burst++) {
            limits.add(new Limit(12, 12L * interval, burst));
          }
        }
      } else {
        limits.add(new Limit(2, 7, 2, algorithm.usesBuckets() ? 2 : Limit.DEFAULT_BUCKETS));
        limits.add(new Limit(3, 7, 3, algorithm.usesBuckets() ? 3 : Limit.DEFAULT_BUCKETS));
      }
      for (Limit limit : limits) {
        for (int block = 1; block <= Math.min(3, limit.maxCost()); block++) {
          for (int instances = 1; instances <= 3; instances++) {
            settings.add(new Setting(algorithm, limit, instances, block, 7));
          }
        }
      }
    }
    return settings;
  }

  /** Up to the longest lease whose states there is room for. */
  static Row row(Setting setting) {
    int[] curve = curve(setting, setting.longestLease);
    int over = 0;
    int met = 0;
    int below = 0;
    int lost = 0;
    int states = 0;
    int walked = 0;
    for (int micros = 1; micros <= setting.longestLease; micros++) {
      Worst worst;
      try {
        worst = worst(setting, micros, LeaseFault.NONE, Counted.ADMITTED, LONGEST);
      } catch (TooManyStates e) {
        break;
      }
      walked = micros;
      states = Math.max(states, worst.states());
      for (int tau = 1; tau <= LONGEST; tau++) {
        int bound = bound(setting, curve, micros, tau);
        over += worst.most()[tau] > bound ? 1 : 0;
        met += worst.most()[tau] == bound ? 1 : 0;
        below = Math.max(below, bound - worst.most()[tau]);
      }
      lost = Math.max(
          lost, worst(setting, micros, LeaseFault.NONE, Counted.LAPSED, micros).most()[micros]);
    }
    return new Row(setting, LONGEST * walked, over, met, below, lost, states);
  }

  /** E(τ) as the walk finds it where nobody has a lease. */
  private static int[] curve(Setting setting, int longestLease) {
    return LeaseWalk.of(
            setting.policy(1), 0, LeaseFault.NONE, Counted.ADMITTED, LONGEST + longestLease)
        .most();
  }

  static Worst worst(Setting setting, int micros, LeaseFault fault, Counted counted, int longest) {
    return LeaseWalk.of(setting.policy(micros), setting.instances, fault, counted, longest);
  }

  /** The theorem. */
  static int bound(Setting setting, int[] curve, int micros, int tau) {
    return Math.min(curve[tau + micros - 1], curve[tau] + setting.instances * setting.block);
  }

  static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder(
        "| algorithm | limit | n | b | L | values | over the bound | met | at most so far below | lost in L | states |\n|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|\n");
    for (Row row : rows) {
      Setting setting = row.setting;
      Limit limit = setting.limit;
      table.append("| `%s` | %s in %s%s | %s | %s | 1 to %s | %s | %s | %s | %s | %s | %s |\n"
          .formatted(
              setting.algorithm,
              limit.permits(),
              limit.windowMicros(),
              setting.algorithm.usesBurst()
                  ? ", burst " + limit.burst()
                  : setting.algorithm.usesBuckets() ? ", " + limit.buckets() + " buckets" : "",
              setting.instances,
              setting.block,
              setting.longestLease,
              row.values,
              row.over,
              row.met,
              row.below,
              row.lost,
              row.states));
    }
    return table.toString();
  }

  static List<Row> rows(List<Setting> settings) {
    return settings.stream().map(LeaseBounds::row).toList();
  }

  static String tableOfFaults(List<Broken> all) {
    StringBuilder table = new StringBuilder(
        "| what an instance does | n | b | L | over E(τ+L-1) from τ | over E(τ)+n·b from τ |\n|---|---:|---:|---:|---:|---:|\n");
    for (Broken broken : all) {
      table.append("| %s | %s | %s | %s | %s | %s |\n"
          .formatted(
              broken.fault.title(),
              broken.setting.instances,
              broken.setting.block,
              broken.micros,
              broken.first == 0 ? "never" : broken.first,
              broken.second == 0 ? "never" : broken.second));
    }
    return table.toString();
  }
}
