package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import java.util.List;

/** Something that decides. It forgets everything between two calls, so a history is forked by playing it again. */
public interface VerifiedSubject {
  /** A short name for messages and tables, for example {@code memory}. */
  String name();

  /**
   * Decides on the steps in their order, each at its instant, from an empty state.
   *
   * @throws IllegalStateException if the backend gave no answer
   */
  List<Decision> decide(List<Step> steps);
}
