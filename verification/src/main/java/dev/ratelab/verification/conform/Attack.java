package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import dev.ratelab.verification.conform.tested.ToldWait;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A way to ask one key. Each plays on keys of its own, which begin at instants spread over a window, so that whatever edges a
 * limiter has are met at every phase.
 */
public enum Attack {
  /** All at once, as much as there is. */
  AT_ONCE(12, (key, phase, random) -> key.spend()),

  /** All that is promised, never more, and again when it must be there again. No request of it should be denied. */
  WITHIN(12, (key, phase, random) -> {
    for (int round = 0; round < 3; round++) {
      key.ask(Math.min(key.limit().permits(), key.limit().burst()), 0);
      key.pause((double) key.life());
    }
  }),

  /** Steadily, slower than the rate. */
  STEADY(10, (key, phase, random) -> {
    double step = key.interval() * (1.1 + 0.4 * phase);
    long times = (long) Math.min(400, Math.max(4, 3.5 * key.window() / step));
    key.ask(times, step);
  }),

  /** All, nothing for a while, and all that is there then. */
  EDGE(24, (key, phase, random) -> {
    key.spend();
    key.pause(key.window() * phase);
    key.spend();
    key.pause(key.window() * (1.02 - phase));
    key.spend();
  }),

  /** All, and again and again what has come back. */
  DECAY(20, (key, phase, random) -> {
    for (int step = 0; step < 18; step++) {
      key.spend();
      key.pause(key.window() / 8);
    }
  }),

  /** As {@link #EDGE} with the same pause on several keys: who has forgotten all by then forgot too early. */
  GAP_SHORT(10, (key, phase, random) -> gap(key, 0.25)),
  /** As {@link #GAP_SHORT}, longer. */
  GAP_HALF(10, (key, phase, random) -> gap(key, 0.45)),
  /** As {@link #GAP_SHORT}, longer still. */
  GAP_LONG(10, (key, phase, random) -> gap(key, 0.7)),

  /** A schedule that is drawn, and drawn again from those that came nearest to the bound: see {@link Schedule}. */
  SEARCH(30, (key, phase, random) -> Schedule.random(random).play(key)),

  /** All and one more, and after a silence all again. */
  SILENCE(12, (key, phase, random) -> {
    key.spend();
    key.ask(1);
    key.pause((double) key.life());
    key.spend();
  }),

  /** All, and then asked on without a pause that is long enough to forget anything. */
  HAMMER(16, (key, phase, random) -> {
    double step = key.window() / 9;
    key.spend();
    for (int i = 0; i < 27; i++) {
      key.pause(step);
      key.ask(1);
    }
  }),

  /** All, and then asked on without any pause until after two windows: what a limiter does in its last millisecond is met, too. */
  FLOOD(4, (key, phase, random) -> {
    long until = key.now() + Math.round(2.2 * key.window());
    key.spend();
    while (key.now() < until) {
      key.ask(1);
      // A limiter in memory would be asked a million times.
      key.pause(Math.max(300, key.window() / 3_000));
    }
  }),

  /** All, one denial half a window on, and what must be there when the first are over. */
  LATE_DENIAL(12, (key, phase, random) -> {
    key.spend();
    for (int i = 0; i < 4; i++) {
      key.pause(key.window() * 0.2);
      key.ask(1);
    }
    key.pause(key.window() * 0.25);
    key.spend();
  }),

  /** Waits told with a denial: asked again just when it says. */
  WAIT_TOLD(16, (key, phase, random) -> {
    for (int round = 0; round < 3; round++) {
      key.pause(key.window() * (random.nextDouble() * 0.3));
      key.spend();
      key.pause(key.window() * phase * 0.5);
      await(key, key.spend());
    }
  }),

  /** Waits told with a denial: asked again and again before. */
  WAIT_POLLED(12, (key, phase, random) -> {
    Observation last = key.spend();
    double step = Math.max(1_000, key.interval() / 3);
    for (int i = 0; i < 40 && last.denied(); i++) {
      key.pause(step);
      last = key.ask(1);
    }
  }),

  /** The wait until it is as new: silent for just as long, then all. */
  RESET_TOLD(12, (key, phase, random) -> {
    Observation last = phase < 0.5 ? key.spend() : key.ask(1);
    Answer answer = last.answer();
    ToldWait told = answer == null ? null : answer.resetAfter();
    if (told != null && told.micros() <= 3 * key.life()) {
      key.pauseUntil(last.answered() + told.micros() + told.unitMicros() + key.margin());
      key.spend();
    }
  }),

  /** Requests of cost over 1, one after the other. */
  COST(24, Ability.COST, (key, phase, random) -> {
    long most = key.limit().maxCost();
    if (most < 2) {
      return;
    }
    switch (random.nextInt(3)) {
      case 0 -> {
        key.ask(most);
        key.ask(1);
        key.pause((double) key.life());
        key.ask(most);
      }
      case 1 -> {
        key.ask(most - 1);
        key.ask(2);
        key.ask(1);
        key.ask(1);
      }
      default -> {
        for (int i = 0; i < 6; i++) {
          key.ask(Math.max(2, most * (1 + random.nextInt(5)) / 10));
        }
      }
    }
  }),

  /** Many at one instant, from all instances that there are. */
  RACE(
      10,
      (key, phase, random) -> key.together((int) Math.min(
          400, Math.max(30, 3 * Math.max(key.limit().permits(), key.limit().burst()))))),

  /** All of one key, then all of another that a careless limiter may take for the same: see {@link KeyPair}. */
  OTHER_KEY(0, (key, phase, random) -> key.spend()),

  /**
   * An instance whose clock is ahead or behind spends what another has spent already, twice with a part of a window in between; then
   * the first one is asked again.
   */
  CLOCK(8, Ability.CLOCK, (key, phase, random) -> {
    for (int round = 0; round < 2; round++) {
      key.spend();
      Observation last = key.ask(1, 1);
      for (int i = 0; i < key.limit().permits() && last.admitted(); i++) {
        last = key.ask(1, 1);
      }
      key.pause(key.window() * 0.6);
    }
    key.pause((double) key.life());
    key.spend();
  }),

  /** All, and asked again after Redis has forgotten all scripts. */
  SCRIPTS_FLUSHED(0, (key, phase, random) -> key.ask(1)),

  /** All, and asked again after Redis has forgotten everything. */
  EMPTIED(0, (key, phase, random) -> key.ask(1)),

  /** All, and asked again and again after Redis was restarted. */
  RESTARTED(0, (key, phase, random) -> {
    for (int i = 0; i < 50 && key.ask(1).answer() == null; i++) {
      key.pause(200_000);
    }
  });

  private interface Course {
    void play(AttackedKey key, double phase, Random random) throws InterruptedException;
  }

  private static final double USUAL_PERMITS = 20;

  private final int keys;
  private final @Nullable Ability needs;

  @SuppressWarnings("ImmutableEnumChecker") // a static method, which has no state
  private final Course course;

  Attack(int keys, Course course) {
    this(keys, null, course);
  }

  Attack(int keys, @Nullable Ability needs, Course course) {
    this.keys = keys;
    this.needs = needs;
    this.course = course;
  }

  /** On how many keys it is played in one round: with a larger limit a key takes more requests, so there are fewer keys. */
  int keys(Limit limit) {
    double share = Math.min(1, USUAL_PERMITS / Math.max(limit.permits(), limit.burst()));
    return keys == 0 ? 0 : (int) Math.max(2, Math.round(keys * share));
  }

  /** What the limiter must be able to do for it, or null. */
  @Nullable
  Ability needs() {
    return needs;
  }

  /** Whether requests of one key overlap. */
  boolean overlaps() {
    return this == RACE;
  }

  /** Whether no other keys are asked meanwhile, as it needs quick answers. */
  boolean alone() {
    return this == RACE || this == FLOOD;
  }

  /** What was done to the Redis, in words. */
  String trouble() {
    return switch (this) {
      case SCRIPTS_FLUSHED -> "rid of all scripts";
      case EMPTIED -> "emptied";
      default -> "restarted";
    };
  }

  /** Whether it is played on a Redis that something was done to. */
  boolean troublesRedis() {
    return this == SCRIPTS_FLUSHED || this == EMPTIED || this == RESTARTED;
  }

  void play(AttackedKey key, double phase, Random random) throws InterruptedException {
    course.play(key, phase, random);
  }

  private static void gap(AttackedKey key, double share) throws InterruptedException {
    key.spend();
    key.pause(key.window() * share);
    key.spend();
  }

  private static void await(AttackedKey key, Observation last) throws InterruptedException {
    Answer answer = last.answer();
    ToldWait told = answer == null || answer.allowed() ? null : answer.retryAfter();
    if (told != null && told.micros() <= 3 * key.life()) {
      long unit = told.micros() == 0 ? 0 : told.unitMicros();
      key.pauseUntil(last.answered() + told.micros() + unit + key.margin());
      key.ask(1);
    }
  }
}
