package dev.ratelab.verification.conform;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A key that was admitted too much or denied needlessly.
 *
 * @param evidence up to where it shows
 * @param sentence what was seen
 * @param deniedBefore whether it had been denied before
 * @param silence as in {@link Excess}
 */
record BrokenKey(KeyHistory evidence, String sentence, boolean deniedBefore, long silence) {
  /** Keys that are asked in a way that only one kind of fault spoils. */
  static final Set<Attack> SPECIAL = EnumSet.of(
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

  /** A key that was surely admitted more than the promise's curve. */
  static Optional<BrokenKey> excess(Promise promise, KeyHistory key) {
    Excess worst = NO_CURVE.contains(key.attack()) ? null : Excess.worst(promise, key.seen());
    if (worst == null || worst.admitted() <= worst.most()) {
      return Optional.empty();
    }
    // Of requests under way at once the last to be answered may have been sent first.
    long end = worst.part().stream().mapToLong(Observation::sent).max().orElseThrow();
    return Optional.of(new BrokenKey(
        key.of(key.seen().stream().filter(one -> one.sent() <= end).toList()),
        "%s admitted within %s, where %s allows %s"
            .formatted(
                worst.admitted(), Told.length(worst.tau()), promise.algorithm().id(), worst.most()),
        false,
        worst.silence()));
  }

  /** A key that was denied though there surely was room. */
  static Optional<BrokenKey> needless(Promise promise, KeyHistory key) {
    Map<String, List<Observation>> possible = key.seen().stream()
        .filter(one -> !one.denied())
        .collect(Collectors.groupingBy(Observation::key));
    boolean denied = false;
    for (int i = 0; i < key.seen().size(); i++) {
      Observation one = key.seen().get(i);
      if (one.denied()) {
        double room = new Room(promise, possible.getOrDefault(one.key(), List.of()), one).least();
        if (room >= one.cost()) {
          return Optional.of(new BrokenKey(
              key.of(key.seen().subList(0, i + 1)),
              "a request of cost %s was denied though there was room for %s%s"
                  .formatted(
                      one.cost(),
                      (long) Math.floor(room),
                      key.attack() != Attack.OTHER_KEY
                          ? ""
                          : "; its key and the one asked before differ only in " + key.about()),
              denied,
              0));
        }
        denied = true;
      }
    }
    return Optional.empty();
  }

  static Predicate<BrokenKey> under(Attack attack) {
    return broken -> broken.evidence.attack() == attack;
  }

  /** Whether it was asked in a way that many kinds of fault spoil. */
  boolean isPlain() {
    return !SPECIAL.contains(evidence.attack());
  }
}
