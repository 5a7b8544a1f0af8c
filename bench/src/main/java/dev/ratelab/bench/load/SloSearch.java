package dev.ratelab.bench.load;

import dev.ratelab.bench.load.Slo.Verdict;
import java.util.EnumMap;
import java.util.Map;

/**
 * Finds the highest rate that holds an objective: doubles the rate until it does not, bisects between the last two, and confirms
 * what it found by trials of its own. Every verdict is the first that two trials at the rate agree on, because one trial can be
 * spoiled by a pause that is nobody's fault.
 *
 * <p>A rate at which the generator was late is never the answer. Where such a rate is what ended the search, the answer is a
 * lower bound: the system under load might do more.
 */
final class SloSearch {
  /** A rate within this share below one that was seen to fail is near enough. */
  static final double RESOLUTION = 0.05;

  private static final double LOWEST = 1;
  private static final int AGREE = 2;

  /** One load at one rate. */
  @FunctionalInterface
  interface Trial {
    Verdict at(double rate) throws InterruptedException;
  }

  /**
   * What was found.
   *
   * @param rate the highest rate that held, in requests a second; 0 if none did
   * @param failedAt the lowest rate above it that did not; infinite if all held up to the highest that was tried
   * @param lowerBound whether the generator or the highest rate, and not the system under load, ended the search
   */
  record Found(double rate, double failedAt, boolean lowerBound) {}

  private final Trial trial;
  private final double highest;
  private double good;
  private double bad = Double.POSITIVE_INFINITY;
  private boolean late;

  private SloSearch(double highest, Trial trial) {
    this.highest = highest;
    this.trial = trial;
  }

  /**
   * Searches.
   *
   * @param start the first rate to try, at least 1
   * @param highest the highest rate to try
   */
  static Found find(double start, double highest, Trial trial) throws InterruptedException {
    SloSearch search = new SloSearch(highest, trial);
    search.bracket(Math.min(start, highest));
    search.bisect();
    search.confirm();
    boolean open = search.late || Double.isInfinite(search.bad);
    return new Found(search.good, search.bad, open);
  }

  private void bracket(double start) throws InterruptedException {
    double rate = start;
    while (true) {
      judge(rate);
      if (good == 0) {
        if (rate <= LOWEST) {
          return;
        }
        rate = Math.max(LOWEST, rate / 2);
      } else if (bad < Double.POSITIVE_INFINITY || rate >= highest) {
        return;
      } else {
        rate = Math.min(highest, 2 * rate);
      }
    }
  }

  private void bisect() throws InterruptedException {
    while (good > 0 && bad < Double.POSITIVE_INFINITY && bad > good * (1 + RESOLUTION)) {
      judge(Math.sqrt(good * bad));
    }
  }

  private void confirm() throws InterruptedException {
    double step = 1 + RESOLUTION;
    while (good > 0) {
      double found = good;
      good = 0;
      judge(found);
      if (good == 0) {
        double lower = found / step;
        // Far from what holds, small steps would take for ever.
        step *= step;
        good = lower >= LOWEST ? lower : 0;
      } else if (bad <= good * (1 + RESOLUTION) || Double.isInfinite(bad)) {
        return;
      } else {
        bisect();
      }
    }
  }

  private void judge(double rate) throws InterruptedException {
    Map<Verdict, Integer> seen = new EnumMap<>(Verdict.class);
    Verdict verdict;
    do {
      verdict = trial.at(rate);
    } while (seen.merge(verdict, 1, Integer::sum) < AGREE);
    if (verdict == Verdict.HOLDS) {
      good = rate;
    } else {
      bad = rate;
      late = verdict == Verdict.GENERATOR_LATE;
    }
  }
}
