package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A drawn course of requests at one key.
 *
 * @param steps at least one
 */
record Schedule(List<Step> steps) {
  /** What limiters change their mind by, as shares of a window: just before and just after it, and parts of it. */
  private static final double[] PAUSES = {0.02, 0.1, 0.2, 0.33, 0.5, 0.9, 0.98, 1.02, 1.5};

  private static final double LONGEST = 4;

  /**
   * Some requests and then a pause.
   *
   * @param part how much of the limit is asked for, 0 to 1; over 1 all that there is
   * @param pause of a window
   */
  record Step(double part, double pause) {
    static Step random(Random random) {
      return new Step(2 * random.nextDouble(), PAUSES[random.nextInt(PAUSES.length)]);
    }
  }

  static Schedule random(Random random) {
    List<Step> steps = new ArrayList<>();
    for (double length = 0; length < LONGEST; ) {
      Step step = Step.random(random);
      steps.add(step);
      length += step.pause();
    }
    return new Schedule(steps);
  }

  /** The same with one step drawn anew, and one pause a little longer or shorter. */
  Schedule mutated(Random random) {
    List<Step> changed = new ArrayList<>(steps);
    changed.set(random.nextInt(changed.size()), Step.random(random));
    int moved = random.nextInt(changed.size());
    Step step = changed.get(moved);
    changed.set(moved, new Step(step.part(), step.pause() * (0.8 + 0.4 * random.nextDouble())));
    return new Schedule(changed);
  }

  void play(AttackedKey key) throws InterruptedException {
    long capacity = Math.min(key.limit().permits(), key.limit().burst());
    for (Step step : steps) {
      if (step.part() > 1) {
        key.spend();
      } else {
        key.ask(Math.max(1, Math.round(step.part() * capacity)), 0);
      }
      key.pause(step.pause() * key.limit().windowMicros());
    }
  }
}
