package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Asks a limiter once more what it, or another one, was asked before. */
public final class CaseReplay {
  private final FreshKeys keys;

  /** Of a limiter that is the caller's to close, and the limit that it is said to enforce. */
  public CaseReplay(TestedLimiter limiter, Limit limit) {
    keys = new FreshKeys(limiter, limit);
  }

  /**
   * Asks as before, on keys of their own side by side.
   *
   * @param cases what was asked of one or two keys each
   * @throws InterruptedException if the thread is interrupted
   * @throws dev.ratelab.verification.conform.tested.NoAnswerException if a second instance does not start
   */
  public List<KeyHistory> of(List<KeyHistory> cases) throws InterruptedException {
    List<TestedLimiter> others = new ArrayList<>();
    try {
      List<Callable<KeyHistory>> plays = new ArrayList<>();
      for (KeyHistory before : cases) {
        List<TestedLimiter> instances = new ArrayList<>(List.of(keys.limiter()));
        if (before.seen().stream().anyMatch(one -> one.instance() > 0)
            && keys.limiter().abilities().contains(Ability.ANOTHER)) {
          Duration ahead =
              before.attack() == Attack.CLOCK ? Duration.parse(before.about()) : Duration.ZERO;
          TestedLimiter other = keys.limiter().another(ahead).orElseThrow();
          others.add(other);
          instances.add(other);
        }
        plays.add(() -> play(before, instances));
      }
      return FreshKeys.all(plays);
    } finally {
      others.forEach(TestedLimiter::close);
    }
  }

  /** Two keys are asked one after the other, and differ in what they differed in. */
  private KeyHistory play(KeyHistory before, List<TestedLimiter> instances)
      throws InterruptedException {
    String prefix = keys.prefix();
    List<Observation> seen = new ArrayList<>();
    Map<String, List<Observation>> byKey = before.seen().stream()
        .collect(Collectors.groupingBy(Observation::key, LinkedHashMap::new, Collectors.toList()));
    for (Map.Entry<String, List<Observation>> asked : byKey.entrySet()) {
      AttackedKey key = keys.named(prefix + asked.getKey(), instances);
      key.replay(asked.getValue());
      seen.addAll(key.seen());
    }
    return before.of(seen);
  }
}
