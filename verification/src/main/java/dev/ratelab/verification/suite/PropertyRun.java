package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.Iterator;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.Tuple;
import net.jqwik.api.sessions.JqwikSession;
import org.jspecify.annotations.Nullable;

/**
 * One property on one subject, tried with scenarios of one algorithm until one breaks it, which is then made smaller.
 * Which scenarios those are depends on the seed, the property and the algorithm alone: all subjects get the same.
 */
public final class PropertyRun {
  /** The most candidates that shrinking looks at; each is a history or more on the subject. */
  private static final int MOST_CANDIDATES = 2_000;

  /** Histories of hundreds of arrivals, one in so many scenarios, for the property that compares whole histories. */
  private static final int LONG_ONE_IN = 20;

  private final Property property;
  private final VerifiedSubject subject;

  private PropertyRun(Property property, VerifiedSubject subject) {
    this.property = property;
    this.subject = subject;
  }

  /** The scenarios tried, and the smallest that broke the property, or null if it held in all of them. */
  public record Result(int tries, @Nullable Counterexample counterexample) {}

  /**
   * Tries a property.
   *
   * @param tries how many scenarios, at least 1
   * @param seed equal seeds give equal scenarios, and equal results if the subject is deterministic
   * @throws IllegalArgumentException if the property is not about the algorithm or cannot be checked on the subject
   * @throws IllegalStateException if the subject's backend gave no answer
   * @throws InterruptedException if the thread is interrupted, which is asked for before each try
   */
  public static Result of(
      Property property, VerifiedSubject subject, Algorithm algorithm, int tries, long seed)
      throws InterruptedException {
    return of(
        property, subject, scenarios(property, algorithm), tries, mix(seed, property, algorithm));
  }

  /** The same with scenarios of the caller's, of an algorithm that the property is about. */
  public static Result of(
      Property property,
      VerifiedSubject subject,
      Arbitrary<Scenario> scenarios,
      int tries,
      long seed)
      throws InterruptedException {
    return new PropertyRun(property, subject).run(scenarios, tries, seed);
  }

  private Result run(Arbitrary<Scenario> scenarios, int tries, long seed)
      throws InterruptedException {
    JqwikSession.start();
    try {
      RandomGenerator<Scenario> generator = scenarios.generator(tries);
      Random random = new Random(seed);
      for (int i = 1; i <= tries; i++) {
        Shrinkable<Scenario> next = generator.next(random);
        Violation violation = violation(next.value());
        if (violation != null) {
          return new Result(i, smallest(next, violation));
        }
      }
      return new Result(tries, null);
    } finally {
      JqwikSession.finish();
    }
  }

  /** Goes on with the first smaller scenario that breaks the property too, until there is none. */
  private Counterexample smallest(Shrinkable<Scenario> broken, Violation first)
      throws InterruptedException {
    Shrinkable<Scenario> smallest = broken;
    Violation violation = first;
    int candidates = 0;
    Iterator<Shrinkable<Scenario>> smaller = smallest.shrink().iterator();
    while (candidates < MOST_CANDIDATES && smaller.hasNext()) {
      Shrinkable<Scenario> candidate = smaller.next();
      if (candidate.distance().compareTo(smallest.distance()) >= 0) {
        continue;
      }
      candidates++;
      Violation again = violation(candidate.value());
      if (again != null) {
        violation = again;
        smallest = candidate;
        smaller = smallest.shrink().iterator();
      }
    }
    return new Counterexample(property, smallest.value(), violation.what(), violation.played());
  }

  private @Nullable Violation violation(Scenario scenario) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    try {
      property.check(subject, scenario);
      return null;
    } catch (Violation violation) {
      return violation;
    }
  }

  private static Arbitrary<Scenario> scenarios(Property property, Algorithm algorithm) {
    Arbitrary<Scenario> usual = Scenarios.of(property, algorithm);
    return property == Property.ORACLE
        ? Arbitraries.frequencyOf(
            Tuple.of(LONG_ONE_IN - 1, usual), Tuple.of(1, Scenarios.longOnes(algorithm)))
        : usual;
  }

  /** A stream of its own for each property and algorithm. Names, because an ordinal moves when one is added. */
  private static long mix(long seed, Property property, Algorithm algorithm) {
    long names = ((long) property.name().hashCode() << 32) ^ algorithm.id().hashCode();
    return new SplittableRandom(new SplittableRandom(seed).nextLong() ^ names).nextLong();
  }
}
