package dev.ratelab.verification;

import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.Subject;
import net.jqwik.api.PropertyDefaults;

/** The in-memory limiter with its keyed store. */
@PropertyDefaults(tries = 2_000)
class MemoryPropertiesTest extends PropertySuite {
  private final Subject subject = new MemorySubject();

  @Override
  Subject subject() {
    return subject;
  }
}
