package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/** Draws schedules from those whose keys were admitted most within a window. */
final class ScheduleSearch {
  /** How many schedules the next ones are drawn from. */
  private static final int BEST = 6;

  private final FreshKeys keys;
  private final Random random;
  private List<Schedule> best = List.of();

  ScheduleSearch(FreshKeys keys, Random random) {
    this.keys = keys;
    this.random = random;
  }

  /** Plays one more generation, each schedule on a key of its own. */
  List<KeyHistory> next() throws InterruptedException {
    List<Schedule> drawn = new ArrayList<>();
    List<Callable<KeyHistory>> plays = new ArrayList<>();
    long window = keys.limit().windowMicros();
    for (int i = 0; i < Attack.SEARCH.keys(keys.limit()); i++) {
      Schedule schedule =
          best.isEmpty() ? Schedule.random(random) : best.get(i % best.size()).mutated(random);
      drawn.add(schedule);
      double phase = random.nextDouble();
      plays.add(() -> {
        AttackedKey key = keys.under(Attack.SEARCH, List.of(keys.limiter()));
        key.pause(phase * window);
        schedule.play(key);
        return new KeyHistory(Attack.SEARCH, "", key.seen());
      });
    }
    List<KeyHistory> histories = FreshKeys.all(plays);
    Comparator<Integer> byAdmitted =
        Comparator.comparingLong(i -> Excess.within(histories.get(i).seen(), window));
    best = IntStream.range(0, drawn.size())
        .boxed()
        .sorted(byAdmitted.reversed())
        .limit(BEST)
        .map(drawn::get)
        .toList();
    return histories;
  }
}
