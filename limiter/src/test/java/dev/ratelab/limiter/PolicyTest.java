package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyTest {
  private final Limit limit = Limit.of(10, Duration.ofSeconds(1));

  @Test
  void failsClosedWithinTheDefaultDeadlineUnlessToldOtherwise() {
    Policy policy = Policy.of("api", Algorithm.GCRA, limit);

    assertThat(policy)
        .isEqualTo(new Policy(
            "api", Algorithm.GCRA, limit, FailurePolicy.FAIL_CLOSED, Duration.ofMillis(250)));
    assertThat(policy.onFailure(FailurePolicy.FAIL_OPEN).withDeadline(Duration.ofSeconds(2)))
        .isEqualTo(new Policy(
            "api", Algorithm.GCRA, limit, FailurePolicy.FAIL_OPEN, Duration.ofSeconds(2)));
  }

  @ParameterizedTest
  @MethodSource("acceptedNames")
  void acceptsANameThatCannotBreakAKey(String name) {
    assertThat(Policy.of(name, Algorithm.GCRA, limit).name()).isEqualTo(name);
  }

  static String[] acceptedNames() {
    return new String[] {"a", "A-z_0.9", "-", "...", "x".repeat(64)};
  }

  @ParameterizedTest
  @MethodSource("refusedNames")
  void refusesAnyOtherName(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Policy.of(name, Algorithm.GCRA, limit))
        .withMessage("policy is '%s'; accepted: 1 to 64 of A-Z a-z 0-9 . _ -", name);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Policy.requireName("namespace", name))
        .withMessage("namespace is '%s'; accepted: 1 to 64 of A-Z a-z 0-9 . _ -", name);
  }

  static String[] refusedNames() {
    return new String[] {"", " ", "a b", "a:b", "a{b", "a}b", "ä", "a\n", "a\0", "x".repeat(65)};
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-0.000000001S", "PT1H0.000000001S", "PT2562047788015215H"})
  void refusesADeadlineThatIsNone(Duration deadline) {
    Policy policy = Policy.of("api", Algorithm.GCRA, limit);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy.withDeadline(deadline))
        .withMessage(
            "deadline is %s; accepted: over 0, at most an hour", DurationText.of(deadline));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.000000001S", "PT1H"})
  void acceptsADeadlineOverNothingUpToAnHour(Duration deadline) {
    assertThat(Policy.of("api", Algorithm.GCRA, limit).withDeadline(deadline).deadline())
        .isEqualTo(deadline);
  }

  /** In the admin API's paths a client would take them out before it sends. */
  @ParameterizedTest
  @ValueSource(strings = {".", ".."})
  void aStepOfAPathIsNoName(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Policy.of(name, Algorithm.GCRA, limit))
        .withMessage("policy is '%s'; accepted: a name that is no step of a path", name);
    assertThat(Policy.of(name + "a", Algorithm.GCRA, limit).name()).isEqualTo(name + "a");
    assertThat(Policy.of("...", Algorithm.GCRA, limit).name()).isEqualTo("...");
  }

  @ParameterizedTest
  @EnumSource
  void aBurstIsForTheBucketsOnly(Algorithm algorithm) {
    Limit burst = limit.withBurst(5);
    switch (algorithm) {
      case TOKEN_BUCKET, GCRA, LEAKY_BUCKET ->
        assertThat(Policy.of("api", algorithm, burst).limit()).isEqualTo(burst);
      case FIXED_WINDOW, SLIDING_WINDOW_COUNTER, SLIDING_WINDOW_BUCKETS, SLIDING_WINDOW_LOG ->
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Policy.of("api", algorithm, burst))
            .withMessage(
                "%s has no burst; accepted by token-bucket, gcra and leaky-bucket", algorithm);
    }
    assertThat(Policy.of("api", algorithm, limit.withBurst(10)).limit()).isEqualTo(limit);
  }

  @ParameterizedTest
  @EnumSource
  void aNumberOfBucketsIsForTheAlgorithmThatHasThem(Algorithm algorithm) {
    Limit four = limit.withBuckets(4);
    if (algorithm == Algorithm.SLIDING_WINDOW_BUCKETS) {
      assertThat(Policy.of("api", algorithm, four).limit()).isEqualTo(four);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Policy.of("api", algorithm, four))
          .withMessage("%s has no buckets; accepted by sliding-window-buckets", algorithm);
    }
    assertThat(Policy.of("api", algorithm, four.withBuckets(10)).limit()).isEqualTo(limit);
  }
}
