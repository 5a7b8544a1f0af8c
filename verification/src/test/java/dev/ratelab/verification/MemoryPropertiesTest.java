package dev.ratelab.verification;

import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.PropertyDefaults;

/** The in-memory limiter with its keyed store. */
@PropertyDefaults(tries = 2_000)
class MemoryPropertiesTest extends PropertySuite {
  private final VerifiedSubject subject = new MemorySubject();

  @Override
  VerifiedSubject subject() {
    return subject;
  }
}
