package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** Makes findings small: parts of what was asked are asked again, and the shortest that still shows the same fault is kept. */
final class SmallestCase {
  private static final int ROUNDS = 2;
  private static final int BEGINNINGS = 6;

  private final CaseReplay replay;
  private final Promise promise;

  SmallestCase(CaseReplay replay, Promise promise) {
    this.replay = replay;
    this.promise = promise;
  }

  /**
   * The findings, each with the shortest evidence that was found. One that does not show again, as it needs a phase that did not come
   * again or many at one instant, is as before.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  List<Finding> of(List<Finding> findings) throws InterruptedException {
    List<Finding> smaller = findings;
    for (int i = 0; i < ROUNDS; i++) {
      smaller = round(smaller);
    }
    return smaller;
  }

  private List<Finding> round(List<Finding> findings) throws InterruptedException {
    List<KeyHistory> tried = new ArrayList<>();
    List<Finding> wanted = new ArrayList<>();
    for (Finding finding : findings) {
      for (List<Observation> part : parts(finding)) {
        tried.add(finding.evidence().of(part));
        wanted.add(finding);
      }
    }
    List<Finding> shown = new ArrayList<>();
    List<KeyHistory> seen = replay.of(tried);
    for (int i = 0; i < seen.size(); i++) {
      Finding finding = wanted.get(i);
      Judgement.of(promise, Trial.of(seen.subList(i, i + 1))).stream()
          .filter(again -> again.fault() == finding.fault())
          .forEach(again -> shown.add(again.on(finding.keys())));
    }
    return findings.stream()
        .map(finding -> shown.stream()
            .filter(again -> again.fault() == finding.fault())
            .filter(again -> again.size() < finding.size())
            .min(Comparator.comparingInt(Finding::size))
            .orElse(finding))
        .toList();
  }

  /** Later beginnings, and all of them without what was denied, but for the last. */
  private static List<List<Observation>> parts(Finding finding) {
    List<List<Observation>> parts = new ArrayList<>();
    List<Observation> all = finding.evidence().seen();
    Attack attack = finding.evidence().attack();
    boolean oneKey = all.stream().map(Observation::key).distinct().count() == 1;
    if (!oneKey || attack.overlaps() || attack == Attack.CLOCK) {
      return parts;
    }
    Observation last = all.get(all.size() - 1);
    Predicate<Observation> counts = one -> !one.denied() || one.equals(last);
    for (int i = 0; i < BEGINNINGS; i++) {
      List<Observation> part = all.subList(i * (all.size() - 1) / BEGINNINGS, all.size());
      parts.add(part);
      parts.add(part.stream().filter(counts).toList());
    }
    return parts.stream().distinct().toList();
  }
}
