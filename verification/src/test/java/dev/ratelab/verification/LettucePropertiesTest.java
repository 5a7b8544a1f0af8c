package dev.ratelab.verification;

import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.PropertyDefaults;

/** The scripts in a real Redis, all calls of a history in one pipeline. */
@PropertyDefaults(tries = 1_000)
class LettucePropertiesTest extends PropertySuite {
  private final VerifiedSubject subject = new RedisSubject(TestRedis.lettuce());

  @Override
  VerifiedSubject subject() {
    return subject;
  }
}
