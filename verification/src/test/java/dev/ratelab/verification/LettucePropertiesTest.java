package dev.ratelab.verification;

import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.Subject;
import net.jqwik.api.PropertyDefaults;

/** The scripts in a real Redis, all calls of a history in one pipeline. */
@PropertyDefaults(tries = 1_000)
class LettucePropertiesTest extends PropertySuite {
  private final Subject subject = new RedisSubject(TestRedis.lettuce());

  @Override
  Subject subject() {
    return subject;
  }
}
