package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Attacks a limiter on many keys side by side, each in a thread of its own. */
public final class Conformance {
  /** How long state that is over may still be there before it counts as kept, beside the time that it counts. */
  private static final long GRACE_MICROS = TimeUnit.SECONDS.toMicros(2);

  /** Over how many windows the first requests are spread: where all come at once, they wait for one another. */
  private static final int SPREAD = 4;

  /** How often each pair of keys is asked: a window may end in between. */
  private static final int PAIRS = 3;

  private static final Duration HOUR = Duration.ofHours(1);

  private final TestedLimiter limiter;
  private final FreshKeys keys;
  private final Random random;
  private final int searches;
  private final @Nullable OwnRedis redis;
  private final List<KeyHistory> seen = new ArrayList<>();
  private final List<Untried> untried = new ArrayList<>();

  /**
   * A run that has not begun.
   *
   * @param limiter the caller's to close; nobody else asks it
   * @param limit what it is said to enforce
   * @param seed equal seeds draw equal courses; what is seen differs, as time is real
   * @param searches how often schedules are drawn anew from the best ones before, 0 or more
   * @param redis where its state is, if it may be emptied and restarted; null otherwise
   */
  public Conformance(
      TestedLimiter limiter, Limit limit, long seed, int searches, @Nullable OwnRedis redis) {
    this.limiter = limiter;
    this.redis = redis;
    this.searches = searches;
    keys = new FreshKeys(limiter, limit);
    random = new Random(seed);
  }

  /**
   * Runs all attacks that the limiter can be asked by. What fails after the first request is told of the trial, and the rest goes on.
   *
   * @param step is told what begins
   * @throws InterruptedException if the thread is interrupted
   * @throws NoAnswerException if the first request gets no answer
   */
  public Trial run(Consumer<String> step) throws InterruptedException {
    Set<Ability> abilities = limiter.abilities();
    List<Long> held = new ArrayList<>();
    requireAnAnswer();
    step.accept("keys side by side");
    sideBySide(abilities);
    ScheduleSearch search = new ScheduleSearch(keys, random);
    for (int i = 0; i < searches; i++) {
      step.accept("search for the worst");
      seen.addAll(search.next());
    }
    step.accept("keys that are nearly alike");
    pairs();
    step.accept("asked without a pause");
    seen.addAll(FreshKeys.all(plays(Attack.FLOOD, "", List.of(limiter), 1)));
    step.accept("many at one instant");
    race(abilities);
    if (abilities.contains(Ability.CLOCK)) {
      step.accept("clocks an hour off");
      clocks(HOUR);
      clocks(HOUR.negated());
    }
    long idle = 0;
    if (abilities.contains(Ability.HELD)) {
      step.accept("idle");
      idle = alone(Attack.AT_ONCE).life() + GRACE_MICROS;
      TimeUnit.MICROSECONDS.sleep(idle);
      tried("state after idling", Ability.HELD, () -> limiter.held().ifPresent(held::add));
    }
    if (redis != null) {
      step.accept("a Redis in trouble");
      trouble(Attack.SCRIPTS_FLUSHED, redis::flushScripts);
      trouble(Attack.EMPTIED, redis::empty);
      trouble(Attack.RESTARTED, redis::restart);
    }
    return new Trial(seen, held, idle, keys.micros() / 1e6, untried);
  }

  /** Nothing can be said of who is not there. */
  private void requireAnAnswer() throws InterruptedException {
    Observation first = alone(Attack.AT_ONCE).ask(1);
    if (first.answer() == null) {
      throw new NoAnswerException(
          "%s gave no answer to the first request: %s".formatted(limiter.name(), first.problem()),
          null);
    }
  }

  private void sideBySide(Set<Ability> abilities) throws InterruptedException {
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    for (Attack attack : Attack.values()) {
      if (!attack.alone()
          && attack.needs() != Ability.CLOCK
          && (attack.needs() == null || abilities.contains(attack.needs()))) {
        plays.addAll(plays(attack, "", List.of(limiter), SPREAD));
      }
    }
    seen.addAll(FreshKeys.all(plays));
  }

  /** Without other keys' requests to wait for: what the first key has spent must not have come back when the second is asked. */
  private void pairs() throws InterruptedException {
    for (int i = 0; i < PAIRS; i++) {
      List<Callable<KeyHistory>> plays = new ArrayList<>();
      for (KeyPair pair : KeyPair.all(keys.prefix())) {
        plays.add(() -> {
          AttackedKey one = keys.named(pair.one(), List.of(limiter));
          AttackedKey other = keys.named(pair.other(), List.of(limiter));
          Attack.OTHER_KEY.play(one, 0, random);
          other.ask(1);
          List<Observation> both = new ArrayList<>(one.seen());
          both.addAll(other.seen());
          return new KeyHistory(Attack.OTHER_KEY, pair.how(), both);
        });
      }
      seen.addAll(FreshKeys.all(plays));
    }
  }

  /** One after the other: what races must not wait for other keys' requests. */
  private void race(Set<Ability> abilities) throws InterruptedException {
    List<TestedLimiter> instances = new ArrayList<>(List.of(limiter));
    try (TestedLimiter second = abilities.contains(Ability.ANOTHER)
        ? another("a race of two instances", Ability.ANOTHER, Duration.ZERO)
        : null) {
      if (second != null) {
        instances.add(second);
      }
      for (Callable<KeyHistory> play : plays(Attack.RACE, "", instances, 0)) {
        seen.addAll(FreshKeys.all(List.of(play)));
      }
    }
  }

  private void clocks(Duration ahead) throws InterruptedException {
    String part = "an instance whose clock is an hour " + (ahead.isNegative() ? "behind" : "ahead");
    try (TestedLimiter off = another(part, Ability.CLOCK, ahead)) {
      if (off != null) {
        seen.addAll(FreshKeys.all(plays(Attack.CLOCK, ahead.toString(), List.of(limiter, off), 1)));
      }
    }
  }

  private void trouble(Attack attack, Runnable trouble) throws InterruptedException {
    AttackedKey key = alone(attack);
    key.spend();
    if (tried("a Redis that was " + attack.trouble(), null, trouble)) {
      attack.play(key, 0, random);
      seen.add(new KeyHistory(attack, "", key.seen()));
    }
  }

  /** A second instance, null if it does not start. */
  private @Nullable TestedLimiter another(String part, Ability ability, Duration ahead) {
    List<TestedLimiter> started = new ArrayList<>();
    tried(part, ability, () -> started.add(limiter.another(ahead).orElseThrow()));
    return started.isEmpty() ? null : started.get(0);
  }

  /** Whether a part went well. What was seen before must not be lost with it. */
  private boolean tried(String part, @Nullable Ability ability, Runnable attempt) {
    try {
      attempt.run();
      return true;
    } catch (RuntimeException e) {
      untried.add(new Untried(part, ability, AttackedKey.problem(e)));
      return false;
    }
  }

  /**
   * An attack on each of its keys.
   *
   * @param windows over how many the first requests are spread; 0 to begin at once
   */
  private List<Callable<KeyHistory>> plays(
      Attack attack, String about, List<TestedLimiter> instances, int windows) {
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    int number = attack.keys(keys.limit());
    List<Double> begins = shares(number);
    Collections.shuffle(begins, random);
    List<Double> phases = shares(number);
    for (int i = 0; i < number; i++) {
      double phase = phases.get(i);
      long seed = random.nextLong();
      double begin = windows == 0
          ? 0
          : (begins.get(i) + random.nextInt(windows)) * keys.limit().windowMicros();
      plays.add(() -> {
        AttackedKey key = keys.under(attack, instances);
        key.pause(begin);
        attack.play(key, phase, new Random(seed));
        return new KeyHistory(attack, about, key.seen());
      });
    }
    return plays;
  }

  /** One in each of so many parts of 0 to 1. */
  private List<Double> shares(int number) {
    List<Double> shares = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      shares.add((i + random.nextDouble()) / number);
    }
    return shares;
  }

  private AttackedKey alone(Attack attack) {
    return keys.under(attack, List.of(limiter));
  }
}
