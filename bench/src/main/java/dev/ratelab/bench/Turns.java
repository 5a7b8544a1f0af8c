package dev.ratelab.bench;

import dev.ratelab.bench.workload.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * How subjects take turns. Every one has one turn in every round, in an order drawn anew for each: so whatever drifts during a run
 * (heat, other load) hits all alike, and nobody always follows the same neighbour.
 *
 * @param run whose turns these are, and who is told of each
 * @param part a number of their own among the turns of a run, such as a fork's: each part has orders of its own
 * @param first the first round's number: 0 only warms up
 * @param last the last round's number
 * @param from the share of the experiment that lies behind before the first turn
 * @param to the share after the last
 */
public record Turns(Run run, long part, int first, int last, double from, double to) {
  /** A turn. */
  @FunctionalInterface
  public interface Turn<T> {
    /**
     * Takes it.
     *
     * @param done the share of the experiment that lies behind
     */
    void take(T subject, int round, double done) throws InterruptedException, IOException;
  }

  /** A round that warms up, and so many that are measured: the whole experiment. */
  public static Turns warmed(Run run, int rounds) {
    return new Turns(run, 0, 0, rounds, 0, 1);
  }

  /** Gives each subject its turns. */
  public <T> void take(List<T> subjects, Function<T, String> title, Turn<T> turn)
      throws InterruptedException, IOException {
    int rounds = last - first + 1;
    int taken = 0;
    List<List<T>> orders = orders(subjects, rounds, Seeds.derive(run.seed(), "rounds", part));
    for (int round = first; round <= last; round++) {
      for (T subject : orders.get(round - first)) {
        double done = from + (to - from) * taken++ / (rounds * subjects.size());
        String which = round == 0 ? "warm-up" : "round %s of %s".formatted(round, last);
        run.progress().step("%s, %s".formatted(title.apply(subject), which), done);
        turn.take(subject, round, done);
      }
    }
  }

  /**
   * Orders for several rounds.
   *
   * @param seed the same seed gives the same orders
   */
  static <T> List<List<T>> orders(List<T> subjects, int rounds, long seed) {
    Random random = new Random(seed);
    List<List<T>> orders = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      List<T> order = new ArrayList<>(subjects);
      Collections.shuffle(order, random);
      orders.add(order);
    }
    return orders;
  }
}
