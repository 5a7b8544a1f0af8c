package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a trial shows about a promise. Every finding holds wherever in the observed intervals the decisions were; its name is the
 * simplest that explains it: what shows when one asks once after the other is no race.
 */
public final class Judgement {
  private static final List<Attack> GAPS =
      List.of(Attack.GAP_SHORT, Attack.GAP_HALF, Attack.GAP_LONG);

  /** Of a window. On a busy machine a pause may last longer than it should. */
  private static final double USUAL_GAP = 0.85;

  private final Promise promise;
  private final Trial trial;
  private final List<BrokenKey> over;
  private final List<BrokenKey> strict;
  private final List<Finding> findings = new ArrayList<>();

  private Judgement(Promise promise, Trial trial) {
    this.promise = promise;
    this.trial = trial;
    over = broken(BrokenKey::excess);
    strict = broken(BrokenKey::needless);
  }

  private List<BrokenKey> broken(BiFunction<Promise, KeyHistory, Optional<BrokenKey>> shown) {
    return trial.keys().stream()
        .map(key -> shown.apply(promise, key))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The broken promises that it shows, the one that explains most first; empty if it shows none. */
  public static List<Finding> of(Promise promise, Trial trial) {
    return new Judgement(promise, trial).findings();
  }

  private List<Finding> findings() {
    new Unanswered(trial).finding().ifPresent(findings::add);
    tooMany();
    tooFew();
    told(Told::retryAfter);
    told(Told::resetAfter);
    told(Told::remaining);
    kept();
    // A caller's clock gives too much in one direction and too little in the other.
    Set<Fault> named = EnumSet.noneOf(Fault.class);
    findings.removeIf(finding -> !named.add(finding.fault()));
    return findings;
  }

  private void tooMany() {
    if (any(over, BrokenKey::isPlain)) {
      boolean forgets = GAPS.stream().anyMatch(this::forgets);
      add(forgets ? Fault.FORGETS_EARLY : Fault.OVER_LIMIT, over, BrokenKey::isPlain);
      return;
    }
    add(Fault.RACE, over, BrokenKey.under(Attack.RACE));
    add(Fault.COST, over, BrokenKey.under(Attack.COST));
    add(Fault.CALLERS_CLOCK, over, BrokenKey.under(Attack.CLOCK));
    add(Fault.FORGETS_EARLY, over, BrokenKey.under(Attack.SCRIPTS_FLUSHED));
  }

  /**
   * Whether on every key all was there again after the gap, and never too much without a silence of a third of its length: an edge would
   * lie in a share of the gaps only, and who admits too much anyway needs no silence.
   */
  private boolean forgets(Attack gap) {
    List<Gap> gaps = trial.keys().stream()
        .filter(key -> key.attack() == gap)
        .map(key -> Gap.of(key.seen()))
        .filter(one -> one.silence() < USUAL_GAP * promise.limit().windowMicros())
        .toList();
    long shortest = gaps.stream().mapToLong(Gap::silence).min().orElse(0);
    return gaps.size() > 3
        && gaps.stream()
            .allMatch(
                one -> one.before() >= promise.capacity() && one.after() >= promise.capacity())
        && !any(over, broken -> broken.isPlain() && broken.silence() < shortest / 3);
  }

  private void tooFew() {
    Predicate<BrokenKey> undenied = broken -> !broken.deniedBefore();
    Predicate<BrokenKey> plain = BrokenKey::isPlain;
    if (any(strict, plain.and(undenied))) {
      add(Fault.TOO_STRICT, strict, plain.and(undenied));
      return;
    }
    boolean recovers = !any(strict, BrokenKey.under(Attack.SILENCE));
    add(recovers ? Fault.DENIED_IS_CHARGED : Fault.NO_RECOVERY, strict, plain);
    add(Fault.SHARED_KEYS, strict, BrokenKey.under(Attack.OTHER_KEY));
    if (!any(strict, plain)) {
      add(Fault.RACE, strict, BrokenKey.under(Attack.RACE));
      Predicate<BrokenKey> cost = BrokenKey.under(Attack.COST);
      // Of a denied request that is charged only one of a larger cost can be seen at once.
      boolean charged = !any(strict, cost.and(undenied));
      add(charged ? Fault.DENIED_IS_CHARGED : Fault.COST, strict, cost);
      add(Fault.CALLERS_CLOCK, strict, BrokenKey.under(Attack.CLOCK));
    }
  }

  private void told(Function<Told, Optional<Finding>> word) {
    List<Finding> all = trial.keys().stream()
        .filter(key -> !BrokenKey.SPECIAL.contains(key.attack()))
        .map(key -> word.apply(new Told(promise, key)))
        .flatMap(Optional::stream)
        .toList();
    all.stream()
        .min(Comparator.comparingInt(Finding::size))
        .ifPresent(shortest -> findings.add(shortest.on(all.size())));
  }

  private void kept() {
    long asked = trial.keys().stream()
        .flatMap(key -> key.seen().stream())
        .map(Observation::key)
        .distinct()
        .count();
    trial.held().stream()
        .filter(held -> held > asked / 2)
        .findFirst()
        .ifPresent(held -> findings.add(new Finding(
            Fault.NEVER_FORGETS,
            "%s after the last request it held %s keys of %s that were asked"
                .formatted(Told.length(trial.idleMicros()), held, asked),
            new KeyHistory(Attack.AT_ONCE, "", List.of()),
            (int) Math.min(Integer.MAX_VALUE, held))));
  }

  private static boolean any(List<BrokenKey> all, Predicate<BrokenKey> which) {
    return all.stream().anyMatch(which);
  }

  /** The shortest evidence stands for all of its kind. */
  private void add(Fault fault, List<BrokenKey> all, Predicate<BrokenKey> which) {
    List<BrokenKey> shown = all.stream().filter(which).toList();
    shown.stream()
        .map(broken -> new Finding(fault, broken.sentence(), broken.evidence(), shown.size()))
        .min(Comparator.comparingInt(Finding::size))
        .ifPresent(findings::add);
  }
}
