package dev.ratelab.verification.suite;

import dev.ratelab.verification.oracle.Estimate;
import dev.ratelab.verification.oracle.History;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Played;
import dev.ratelab.verification.property.Scenario;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an algorithm that estimates believes the last window admitted, and what it did admit, along a history: both jump at
 * an admission, the truth also a window after it, and between those the estimate runs straight.
 *
 * @param instants in microseconds, ascending
 * @param estimate the belief at each instant, in permits
 * @param truth what the exact log counts at each instant, in permits
 */
record EstimateAndTruth(List<Long> instants, List<Double> estimate, List<Double> truth) {

  /** Along a history; empty for other algorithms, for which there is no estimate, and where the clock goes back. */
  static EstimateAndTruth of(Played played) {
    Scenario scenario = played.scenario();
    EstimateAndTruth both =
        new EstimateAndTruth(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int buckets = scenario.oracle().buckets();
    if (buckets == 0 || !scenario.isOfOneKey() || !timesNeverFall(scenario.arrivals())) {
      return both;
    }
    OracleRule rule = scenario.rule();
    History history = new History();
    played
        .admitted()
        .forEach(arrival -> history.add(arrival.at(), BigInteger.valueOf(arrival.cost())));
    for (long at :
        instants(scenario.arrivals().subList(0, played.decisions().size()), rule, buckets)) {
      Estimate now = Estimate.at(history, rule, buckets, at);
      both.instants.add(at);
      both.estimate.add(new BigDecimal(now.timesWindow())
          .divide(BigDecimal.valueOf(rule.window()), MathContext.DECIMAL64)
          .doubleValue());
      both.truth.add(now.truth().doubleValue());
    }
    return both;
  }

  private static boolean timesNeverFall(List<Arrival> arrivals) {
    for (int i = 1; i < arrivals.size(); i++) {
      if (arrivals.get(i).at() < arrivals.get(i - 1).at()) {
        return false;
      }
    }
    return true;
  }

  /** Before and after each instant where one of them jumps or bends, to a window after the last arrival. */
  private static SortedSet<Long> instants(List<Arrival> arrivals, OracleRule rule, int buckets) {
    SortedSet<Long> instants = new TreeSet<>();
    if (arrivals.isEmpty()) {
      return instants;
    }
    long window = rule.window();
    long last = arrivals.get(arrivals.size() - 1).at();
    for (Arrival arrival : arrivals) {
      long bucket = arrival.at() * buckets / window;
      long falls = Estimate.firstOf(bucket + buckets, rule, buckets);
      long gone = Estimate.firstOf(bucket + buckets + 1, rule, buckets);
      for (long corner : List.of(arrival.at(), arrival.at() + window, falls, gone)) {
        instants.add(Math.max(0, corner - 1));
        instants.add(corner);
      }
    }
    return instants.headSet(last + window + 1);
  }
}
