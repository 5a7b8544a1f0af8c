package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What came of one limiter.
 *
 * @param limit what it was said to enforce
 * @param judged what it was held to; null where nothing was promised and it behaves like none of the seven algorithms
 * @param behavesLike the algorithm that it behaves like, if any
 * @param abilities what was asked for: all that it could be asked for, less what {@link Trial#untried} names
 */
public record Conclusion(
    Limit limit,
    @Nullable Promise judged,
    Optional<Algorithm> behavesLike,
    Set<Ability> abilities,
    Trial trial,
    List<Finding> findings) {
  public Conclusion {
    abilities = Set.copyOf(abilities);
    findings = List.copyOf(findings);
  }

  /**
   * Attacks a limiter and judges it.
   *
   * @param promised the algorithm that it promises; null to hold it to the one that it behaves like
   * @param unitMicros as in {@link Promise}
   * @param searches as in {@link Conformance}
   * @param redis as in {@link Conformance}
   * @param step is told what begins
   * @throws InterruptedException if the thread is interrupted
   */
  public static Conclusion of(
      TestedLimiter limiter,
      Limit limit,
      @Nullable Algorithm promised,
      long unitMicros,
      long seed,
      int searches,
      @Nullable OwnRedis redis,
      Consumer<String> step)
      throws InterruptedException {
    Trial trial = new Conformance(limiter, limit, seed, searches, redis).run(step);
    Optional<Algorithm> like = Behaviour.of(trial, limit, unitMicros);
    Algorithm algorithm = promised == null ? like.orElse(null) : promised;
    Set<Ability> asked = EnumSet.noneOf(Ability.class);
    asked.addAll(limiter.abilities());
    trial.untried().forEach(part -> asked.remove(part.ability()));
    if (algorithm == null) {
      return new Conclusion(limit, null, like, asked, trial, List.of());
    }
    Promise promise = new Promise(algorithm, limit, unitMicros);
    step.accept("smallest cases");
    List<Finding> findings =
        new SmallestCase(new CaseReplay(limiter, limit), promise).of(Judgement.of(promise, trial));
    return new Conclusion(limit, promise, like, asked, trial, findings);
  }

  /** Whether all of it was tried, and nothing was found. */
  public boolean keepsItsPromise() {
    return judged != null
        && trial.reachedTheLimit()
        && trial.untried().isEmpty()
        && findings.isEmpty();
  }

  /** What it tells beside its decision: remaining, retryAfter, resetAfter. */
  public List<String> told() {
    return List.of(
            tells("remaining", Answer::remaining),
            tells("retryAfter", Answer::retryAfter),
            tells("resetAfter", Answer::resetAfter))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<String> tells(String name, Function<Answer, @Nullable Object> word) {
    return trial.keys().stream()
            .flatMap(key -> key.seen().stream())
            .map(Observation::answer)
            .filter(Objects::nonNull)
            .anyMatch(answer -> word.apply(answer) != null)
        ? Optional.of(name)
        : Optional.empty();
  }
}
