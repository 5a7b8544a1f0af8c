package dev.ratelab.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The order of measuring. Every subject has one turn in every round, in an order drawn anew for each: so whatever drifts
 * during a run (heat, other load) hits all alike, and nobody always follows the same neighbour.
 */
public final class Rounds {
  private Rounds() {}

  /**
   * Orders for several rounds.
   *
   * @param subjects who takes part
   * @param rounds how many rounds
   * @param seed the run's seed
   */
  public static <T> List<List<T>> of(List<T> subjects, int rounds, long seed) {
    Random random = new Random(Seeds.derive(seed, "rounds", rounds));
    List<List<T>> orders = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      List<T> order = new ArrayList<>(subjects);
      Collections.shuffle(order, random);
      orders.add(order);
    }
    return orders;
  }
}
