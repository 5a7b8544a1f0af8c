package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Attacks a limiter on many keys side by side, each in a thread of its own. */
public final class Conformance {
  /** With a larger limit a key takes more requests, so there are fewer keys. */
  private static final double USUAL_PERMITS = 20;

  /** How long state that is over may still be there before it counts as kept, beside the time that it counts. */
  private static final long GRACE_MICROS = TimeUnit.SECONDS.toMicros(2);

  /** Over how many windows the first requests are spread: where all come at once, they wait for one another. */
  private static final int SPREAD = 4;

  /** How often each pair of keys is asked: a window may end in between. */
  private static final int PAIRS = 3;

  /** How many schedules the next ones are drawn from. */
  private static final int BEST = 6;

  private static final Duration HOUR = Duration.ofHours(1);

  private final TestedLimiter limiter;
  private final Limit limit;
  private final Random random;
  private final int searches;
  private final @Nullable OwnRedis redis;
  private final LongSupplier clock;
  private final String fresh;
  private final List<KeyHistory> keys = new ArrayList<>();
  private final List<Schedule> best = new ArrayList<>();
  private final List<Untried> untried = new ArrayList<>();
  private int replays;

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
    this.limit = limit;
    this.searches = searches;
    random = new Random(seed);
    long start = System.nanoTime();
    clock = () -> (System.nanoTime() - start) / 1_000;
    fresh = "k" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
  }

  /**
   * Runs all attacks that the limiter can be asked by. What fails after the first request is told of the trial, and the rest goes on.
   *
   * @param step is told what begins
   * @throws InterruptedException if the thread is interrupted
   * @throws NoAnswerException if the first request gets no answer
   */
  public Trial run(Consumer<String> step) throws InterruptedException {
    ExecutorService threads = threads();
    try {
      Set<Ability> abilities = limiter.abilities();
      List<Long> held = new ArrayList<>();
      requireAnAnswer();
      step.accept("keys side by side");
      sideBySide(threads, abilities);
      for (int i = 0; i < searches; i++) {
        step.accept("search for the worst");
        search(threads);
      }
      step.accept("keys that are nearly alike");
      pairs(threads);
      step.accept("asked without a pause");
      keys.addAll(all(threads, plays(Attack.FLOOD, "", List.of(limiter), 1)));
      step.accept("many at one instant");
      race(threads, abilities);
      if (abilities.contains(Ability.CLOCK)) {
        step.accept("clocks an hour off");
        clocks(threads, HOUR);
        clocks(threads, HOUR.negated());
      }
      long idle = 0;
      if (abilities.contains(Ability.HELD)) {
        step.accept("idle");
        idle = Attack.life(key("idle")) + GRACE_MICROS;
        TimeUnit.MICROSECONDS.sleep(idle);
        tried("state after idling", Ability.HELD, () -> limiter.held().ifPresent(held::add));
      }
      if (redis != null) {
        step.accept("a Redis in trouble");
        trouble(Attack.SCRIPTS_FLUSHED, redis::flushScripts);
        trouble(Attack.EMPTIED, redis::empty);
        trouble(Attack.RESTARTED, redis::restart);
      }
      return new Trial(limiter.name(), keys, held, idle, clock.getAsLong() / 1e6, untried);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Asks as before, on keys of their own side by side.
   *
   * @param cases what was asked of one or two keys each
   * @throws InterruptedException if the thread is interrupted
   * @throws NoAnswerException if a second instance does not start
   */
  public List<KeyHistory> replay(List<KeyHistory> cases) throws InterruptedException {
    ExecutorService threads = threads();
    List<TestedLimiter> others = new ArrayList<>();
    try {
      List<Callable<KeyHistory>> plays = new ArrayList<>();
      for (KeyHistory before : cases) {
        List<TestedLimiter> instances = new ArrayList<>(List.of(limiter));
        if (before.seen().stream().anyMatch(one -> one.instance() > 0)
            && limiter.abilities().contains(Ability.ANOTHER)) {
          Duration ahead =
              before.attack() == Attack.CLOCK ? Duration.parse(before.about()) : Duration.ZERO;
          others.add(limiter.another(ahead).orElseThrow());
          instances.addAll(others.subList(others.size() - 1, others.size()));
        }
        int number = replays++;
        plays.add(() -> replay(before, instances, number));
      }
      return all(threads, plays);
    } finally {
      threads.shutdownNow();
      others.forEach(TestedLimiter::close);
    }
  }

  /** Two keys are asked one after the other, and differ in what they differed in. */
  private KeyHistory replay(KeyHistory before, List<TestedLimiter> instances, int number)
      throws InterruptedException {
    List<Observation> seen = new ArrayList<>();
    Map<String, List<Observation>> byKey = new LinkedHashMap<>();
    before
        .seen()
        .forEach(one -> byKey.computeIfAbsent(one.key(), k -> new ArrayList<>()).add(one));
    for (Map.Entry<String, List<Observation>> asked : byKey.entrySet()) {
      AttackedKey key = new AttackedKey(
          instances, "%s-replay-%s-%s".formatted(fresh, number, asked.getKey()), limit, clock);
      key.replay(asked.getValue());
      seen.addAll(key.seen());
    }
    return new KeyHistory(before.attack(), before.about(), seen);
  }

  private static ExecutorService threads() {
    return Executors.newCachedThreadPool(task -> {
      Thread thread = new Thread(task, "conform");
      thread.setDaemon(true);
      return thread;
    });
  }

  /** Nothing can be said of who is not there. */
  private void requireAnAnswer() throws InterruptedException {
    Observation first = key(fresh + "-first").ask(1);
    if (first.answer() == null) {
      throw new NoAnswerException(
          "%s gave no answer to the first request: %s".formatted(limiter.name(), first.problem()),
          null);
    }
  }

  private void sideBySide(ExecutorService threads, Set<Ability> abilities)
      throws InterruptedException {
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    for (Attack attack : Attack.values()) {
      if (!attack.alone()
          && attack.needs() != Ability.CLOCK
          && (attack.needs() == null || abilities.contains(attack.needs()))) {
        plays.addAll(plays(attack, "", List.of(limiter), SPREAD));
      }
    }
    keys.addAll(all(threads, plays));
  }

  /** Without other keys' requests to wait for: what the first key has spent must not have come back when the second is asked. */
  private void pairs(ExecutorService threads) throws InterruptedException {
    for (int i = 0; i < PAIRS; i++) {
      List<Callable<KeyHistory>> plays = new ArrayList<>();
      for (KeyPair pair : KeyPair.all(fresh + i)) {
        plays.add(() -> {
          AttackedKey one = key(pair.one());
          AttackedKey other = one.other(pair.other());
          Attack.OTHER_KEY.play(one, 0, random);
          other.ask(1);
          List<Observation> seen = new ArrayList<>(one.seen());
          seen.addAll(other.seen());
          return new KeyHistory(Attack.OTHER_KEY, pair.how(), seen);
        });
      }
      keys.addAll(all(threads, plays));
    }
  }

  private void race(ExecutorService threads, Set<Ability> abilities) throws InterruptedException {
    List<TestedLimiter> instances = new ArrayList<>(List.of(limiter));
    try (TestedLimiter second = abilities.contains(Ability.ANOTHER)
        ? another("a race of two instances", Ability.ANOTHER, Duration.ZERO)
        : null) {
      if (second != null) {
        instances.add(second);
      }
      race(threads, instances);
    }
  }

  /** One after the other: what races must not wait for other keys' requests. */
  private void race(ExecutorService threads, List<TestedLimiter> instances)
      throws InterruptedException {
    for (Callable<KeyHistory> play : plays(Attack.RACE, "", instances, 0)) {
      keys.addAll(all(threads, List.of(play)));
    }
  }

  private void clocks(ExecutorService threads, Duration ahead) throws InterruptedException {
    String part = "an instance whose clock is an hour " + (ahead.isNegative() ? "behind" : "ahead");
    try (TestedLimiter off = another(part, Ability.CLOCK, ahead)) {
      if (off != null) {
        keys.addAll(all(threads, plays(Attack.CLOCK, ahead.toString(), List.of(limiter, off), 1)));
      }
    }
  }

  private void trouble(Attack attack, Runnable trouble) throws InterruptedException {
    AttackedKey key = key(fresh + "-" + attack);
    key.spend();
    if (tried("a Redis that was " + attack.trouble(), null, trouble)) {
      attack.play(key, 0, random);
      keys.add(new KeyHistory(attack, "", key.seen()));
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

  /** Draws schedules from those whose keys were admitted most within a window. */
  private void search(ExecutorService threads) throws InterruptedException {
    Map<Schedule, Long> found = new HashMap<>();
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    List<Schedule> drawn = new ArrayList<>(best);
    best.clear();
    for (int i = 0; i < keysOf(Attack.SEARCH); i++) {
      Schedule schedule = drawn.isEmpty()
          ? Schedule.random(random)
          : drawn.get(i % drawn.size()).mutated(random);
      double phase = random.nextDouble();
      String name = fresh + "-search-" + keys.size() + "-" + i;
      plays.add(() -> {
        AttackedKey key = key(name);
        key.pause(phase * limit.windowMicros());
        schedule.play(key);
        synchronized (found) {
          found.put(schedule, Excess.within(key.seen(), limit.windowMicros()));
        }
        return new KeyHistory(Attack.SEARCH, "", key.seen());
      });
    }
    keys.addAll(all(threads, plays));
    found.entrySet().stream()
        .sorted(Map.Entry.<Schedule, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(BEST)
        .map(Map.Entry::getKey)
        .forEach(best::add);
  }

  /**
   * An attack on each of its keys.
   *
   * @param windows over how many the first requests are spread; 0 to begin at once
   */
  private List<Callable<KeyHistory>> plays(
      Attack attack, String about, List<TestedLimiter> instances, int windows) {
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    int number = keysOf(attack);
    List<Double> begins = shares(number);
    Collections.shuffle(begins, random);
    List<Double> phases = shares(number);
    for (int i = 0; i < number; i++) {
      double phase = phases.get(i);
      long seed = random.nextLong();
      double begin =
          windows == 0 ? 0 : (begins.get(i) + random.nextInt(windows)) * limit.windowMicros();
      String name = "%s-%s-%s-%s".formatted(fresh, attack, keys.size(), i);
      plays.add(() -> {
        AttackedKey key = new AttackedKey(instances, name, limit, clock);
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

  private int keysOf(Attack attack) {
    double share = Math.min(1, USUAL_PERMITS / Math.max(limit.permits(), limit.burst()));
    return attack.keys() == 0 ? 0 : (int) Math.max(2, Math.round(attack.keys() * share));
  }

  private AttackedKey key(String name) {
    return new AttackedKey(List.of(limiter), name, limit, clock);
  }

  private static List<KeyHistory> all(ExecutorService threads, List<Callable<KeyHistory>> plays)
      throws InterruptedException {
    List<KeyHistory> histories = new ArrayList<>();
    for (Future<KeyHistory> play : threads.invokeAll(plays)) {
      try {
        histories.add(play.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("an attack went wrong: " + e.getCause(), e.getCause());
      }
    }
    return histories;
  }
}
