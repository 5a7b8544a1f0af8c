package dev.ratelab.verification.conform.tested;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A rate limiter of anybody's that is asked from outside, under one limit. Called by many threads. */
public interface TestedLimiter extends AutoCloseable {
  /** What can be asked of a target beside whether it admits a request of cost 1. */
  enum Ability {
    /** A request may weigh more than 1. */
    COST,
    /** {@link #held} tells. */
    HELD,
    /** {@link #another} gives a second instance with the same state. */
    ANOTHER,
    /** The second instance's own clock can be set off. */
    CLOCK
  }

  /** A short name for messages and tables. */
  String name();

  /** What can be asked of it. */
  Set<Ability> abilities();

  /**
   * Sends a request and does not wait for the answer.
   *
   * @param key whose request it is: any text, also empty or long
   * @param cost its weight, 1 without {@link Ability#COST}
   * @return the answer; it fails with {@link NoAnswerException} if there is none or none that can be read
   */
  CompletableFuture<Answer> ask(String key, long cost);

  /** How many keys it holds state for at the moment, empty without {@link Ability#HELD}. */
  default OptionalLong held() {
    return OptionalLong.empty();
  }

  /**
   * A second instance that shares its state: other connections, and another process where it is one. The caller closes it.
   *
   * @param ahead how far the instance's own clock is ahead, behind if negative; zero without {@link Ability#CLOCK}
   * @return empty without {@link Ability#ANOTHER}
   * @throws NoAnswerException if it does not start
   */
  default Optional<TestedLimiter> another(Duration ahead) {
    return Optional.empty();
  }

  @Override
  void close();
}
