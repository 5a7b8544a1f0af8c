package dev.ratelab.verification;

import dev.ratelab.verification.subject.Subject;
import dev.ratelab.verification.subject.TransitionSubject;
import net.jqwik.api.PropertyDefaults;

/** The pure transitions: a thousand tries for each of the seven algorithms. */
@PropertyDefaults(tries = 6_000)
class JavaPropertiesTest extends PropertySuite {
  private final Subject subject = new TransitionSubject();

  @Override
  Subject subject() {
    return subject;
  }
}
