package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a trial shows about a promise. Every finding holds wherever in the observed intervals the decisions were; its name is the
 * simplest that explains it: what shows when one asks once after the other is no race.
 */
public final class Judgement {
  /** Keys that are asked in a way that only one kind of fault spoils. */
  private static final Set<Attack> SPECIAL = EnumSet.of(
      Attack.RACE,
      Attack.COST,
      Attack.CLOCK,
      Attack.OTHER_KEY,
      Attack.SCRIPTS_FLUSHED,
      Attack.EMPTIED,
      Attack.RESTARTED);

  /** What a limiter may forget with its Redis, and keys that may differ, are held to no curve. */
  private static final Set<Attack> NO_CURVE =
      EnumSet.of(Attack.OTHER_KEY, Attack.EMPTIED, Attack.RESTARTED);

  private static final List<Attack> GAPS =
      List.of(Attack.GAP_SHORT, Attack.GAP_HALF, Attack.GAP_LONG);

  /** Of a window. On a busy machine a pause may last longer than it should. */
  private static final double USUAL_GAP = 0.85;

  private final Promise promise;
  private final Trial trial;
  private final List<Broken> over = new ArrayList<>();
  private final List<Broken> strict = new ArrayList<>();

  /**
   * A key that shows it.
   *
   * @param evidence up to where it shows
   * @param deniedBefore whether it had been denied before
   * @param silence as in {@link Excess}
   */
  private record Broken(
      KeyHistory key,
      List<Observation> evidence,
      String sentence,
      boolean deniedBefore,
      long silence) {
    boolean special() {
      return SPECIAL.contains(key.attack());
    }
  }

  private Judgement(Promise promise, Trial trial) {
    this.promise = promise;
    this.trial = trial;
    for (KeyHistory key : trial.keys()) {
      Broken excess = NO_CURVE.contains(key.attack()) ? null : excess(key);
      if (excess != null) {
        over.add(excess);
      }
      Broken needless = needless(key);
      if (needless != null) {
        strict.add(needless);
      }
    }
  }

  /** The broken promises that it shows, the one that explains most first; empty if it shows none. */
  public static List<Finding> of(Promise promise, Trial trial) {
    return new Judgement(promise, trial).findings();
  }

  private List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    new Unanswered(trial).finding().ifPresent(findings::add);
    findings.addAll(tooMany());
    findings.addAll(tooFew());
    told(Told::retryAfter).ifPresent(findings::add);
    told(Told::resetAfter).ifPresent(findings::add);
    told(Told::remaining).ifPresent(findings::add);
    kept().ifPresent(findings::add);
    // A caller's clock gives too much in one direction and too little in the other.
    Set<Fault> told = EnumSet.noneOf(Fault.class);
    findings.removeIf(finding -> !told.add(finding.fault()));
    return findings;
  }

  private List<Finding> tooMany() {
    List<Finding> findings = new ArrayList<>();
    boolean sequential = over.stream().anyMatch(broken -> !broken.special());
    if (sequential) {
      boolean forgets = GAPS.stream().anyMatch(this::forgets);
      add(
          findings,
          forgets ? Fault.FORGETS_EARLY : Fault.OVER_LIMIT,
          over,
          broken -> !broken.special());
    } else {
      add(findings, Fault.RACE, over, broken -> broken.key.attack() == Attack.RACE);
      add(findings, Fault.COST, over, broken -> broken.key.attack() == Attack.COST);
      add(findings, Fault.CALLERS_CLOCK, over, broken -> broken.key.attack() == Attack.CLOCK);
      add(
          findings,
          Fault.FORGETS_EARLY,
          over,
          broken -> broken.key.attack() == Attack.SCRIPTS_FLUSHED);
    }
    return findings;
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
        && !any(over, broken -> !broken.special() && broken.silence < shortest / 3);
  }

  private List<Finding> tooFew() {
    List<Finding> findings = new ArrayList<>();
    Predicate<Broken> plain = broken -> !broken.special();
    if (any(strict, plain.and(broken -> !broken.deniedBefore))) {
      add(findings, Fault.TOO_STRICT, strict, plain.and(broken -> !broken.deniedBefore));
      return findings;
    }
    if (any(strict, broken -> broken.key.attack() == Attack.SILENCE)) {
      add(findings, Fault.NO_RECOVERY, strict, plain);
    } else {
      add(findings, Fault.DENIED_IS_CHARGED, strict, plain);
    }
    add(findings, Fault.SHARED_KEYS, strict, broken -> broken.key.attack() == Attack.OTHER_KEY);
    if (!any(strict, plain)) {
      add(findings, Fault.RACE, strict, broken -> broken.key.attack() == Attack.RACE);
      Predicate<Broken> cost = broken -> broken.key.attack() == Attack.COST;
      // Of a denied request that is charged only one of a larger cost can be seen at once.
      boolean charged = !any(strict, cost.and(broken -> !broken.deniedBefore));
      add(findings, charged ? Fault.DENIED_IS_CHARGED : Fault.COST, strict, cost);
      add(findings, Fault.CALLERS_CLOCK, strict, broken -> broken.key.attack() == Attack.CLOCK);
    }
    return findings;
  }

  private Optional<Finding> told(Function<Told, Optional<Finding>> word) {
    List<Finding> all = trial.keys().stream()
        .filter(key -> !SPECIAL.contains(key.attack()))
        .map(key -> word.apply(new Told(promise, key)))
        .flatMap(Optional::stream)
        .sorted(Comparator.comparingInt(finding -> finding.evidence().size()))
        .toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(0).on(all.size()));
  }

  private Optional<Finding> kept() {
    long asked = trial.keys().stream()
        .flatMap(key -> key.seen().stream())
        .map(Observation::key)
        .distinct()
        .count();
    return trial.held().stream()
        .filter(held -> held > asked / 2)
        .findFirst()
        .map(held -> new Finding(
            Fault.NEVER_FORGETS,
            "%s after the last request it held %s keys of %s that were asked"
                .formatted(Told.length(trial.idleMicros()), held, asked),
            Attack.AT_ONCE,
            "",
            List.of(),
            (int) Math.min(Integer.MAX_VALUE, held)));
  }

  private @Nullable Broken excess(KeyHistory key) {
    Excess worst = Excess.worst(promise, key.seen());
    if (worst == null || worst.admitted() <= worst.most()) {
      return null;
    }
    // Of requests under way at once the last to be answered may have been sent first.
    long end = worst.part().stream().mapToLong(Observation::sent).max().orElseThrow();
    return new Broken(
        key,
        key.seen().stream().filter(one -> one.sent() <= end).toList(),
        "%s admitted within %s, where %s allows %s"
            .formatted(
                worst.admitted(), Told.length(worst.tau()), promise.algorithm().id(), worst.most()),
        false,
        worst.silence());
  }

  private @Nullable Broken needless(KeyHistory key) {
    Map<String, List<Observation>> possible = key.seen().stream()
        .filter(one -> !one.denied())
        .collect(Collectors.groupingBy(Observation::key));
    boolean denied = false;
    for (int i = 0; i < key.seen().size(); i++) {
      Observation one = key.seen().get(i);
      if (one.denied()) {
        double room = new Room(promise, possible.getOrDefault(one.key(), List.of()), one).least();
        if (room >= one.cost()) {
          return new Broken(
              key,
              key.seen().subList(0, i + 1),
              "a request of cost %s was denied though there was room for %s%s"
                  .formatted(
                      one.cost(),
                      (long) Math.floor(room),
                      key.attack() != Attack.OTHER_KEY
                          ? ""
                          : "; its key and the one asked before differ only in " + key.about()),
              denied,
              0);
        }
        denied = true;
      }
    }
    return null;
  }

  private static boolean any(List<Broken> all, Predicate<Broken> which) {
    return all.stream().anyMatch(which);
  }

  /** The shortest evidence stands for all of its kind. */
  private static void add(
      List<Finding> findings, Fault fault, List<Broken> all, Predicate<Broken> which) {
    List<Broken> shown = all.stream()
        .filter(which)
        .sorted(Comparator.comparingInt(broken -> broken.evidence.size()))
        .toList();
    if (!shown.isEmpty()) {
      Broken first = shown.get(0);
      findings.add(new Finding(
          fault,
          first.sentence,
          first.key.attack(),
          first.key.about(),
          first.evidence,
          shown.size()));
    }
  }
}
