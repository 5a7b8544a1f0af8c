package dev.ratelab.verification;

import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.PropertyDefaults;

/** The pure transitions: a thousand tries for each of the seven algorithms. */
@PropertyDefaults(tries = 6_000)
class JavaPropertiesTest extends PropertySuite {
  private final VerifiedSubject subject = new TransitionSubject();

  @Override
  VerifiedSubject subject() {
    return subject;
  }
}
