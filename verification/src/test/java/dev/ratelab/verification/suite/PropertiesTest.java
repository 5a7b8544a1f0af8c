package dev.ratelab.verification.suite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every property on every subject that it can be checked on, each time with other scenarios. */
class PropertiesTest {
  private static final int LONG_HISTORIES = 300;
  private static final int NIGHTLY = 20;

  /** What is tested, and with how many scenarios. */
  enum Subject {
    JAVA(6_000, TransitionSubject::new),
    MEMORY(2_000, MemorySubject::new),
    /** All calls of a history in one pipeline. */
    LETTUCE(1_000, () -> new RedisSubject(TestRedis.lettuce())),
    /** Waits for each answer: fewer scenarios. */
    JEDIS(200, () -> new RedisSubject(TestRedis.jedis()));

    private final int tries;

    @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
    private final Supplier<VerifiedSubject> made;

    Subject(int tries, Supplier<VerifiedSubject> made) {
      this.tries = tries;
      this.made = made;
    }
  }

  static Stream<Arguments> all() {
    return Stream.of(Subject.values())
        .flatMap(subject -> Stream.of(Property.values())
            .filter(property -> property.accepts(subject.made.get()))
            .map(property -> Arguments.of(subject, property)));
  }

  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource("all")
  void holds(Subject subject, Property property) throws InterruptedException {
    requireKept(subject, property, subject.tries);
  }

  @Tag("nightly")
  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource("all")
  void holdsTwentyTimesAsOften(Subject subject, Property property) throws InterruptedException {
    requireKept(subject, property, NIGHTLY * subject.tries);
  }

  @ParameterizedTest
  @EnumSource
  void holdsInLongHistories(Subject subject) throws InterruptedException {
    long seed = new Random().nextLong();
    assertThat(PropertyRun.of(
                Property.ORACLE,
                subject.made.get(),
                Scenarios.longOnes(Algorithm.values()),
                LONG_HISTORIES,
                seed)
            .counterexample())
        .as("with the seed %s", seed)
        .isNull();
  }

  private static void requireKept(Subject subject, Property property, int tries)
      throws InterruptedException {
    long seed = new Random().nextLong();
    Algorithm[] algorithms =
        Stream.of(Algorithm.values()).filter(property::accepts).toArray(Algorithm[]::new);
    for (Algorithm algorithm : algorithms) {
      int share = (tries + algorithms.length - 1) / algorithms.length;
      assertThat(PropertyRun.of(property, subject.made.get(), algorithm, share, seed)
              .counterexample())
          .as("%s with the seed %s", algorithm, seed)
          .isNull();
    }
  }
}
