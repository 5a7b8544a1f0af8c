package dev.ratelab.verification;

import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.PropertyDefaults;

/** The same scripts over the other client, which waits for each answer: fewer tries. */
@PropertyDefaults(tries = 200)
class JedisPropertiesTest extends PropertySuite {
  private final VerifiedSubject subject = new RedisSubject(TestRedis.jedis());

  @Override
  VerifiedSubject subject() {
    return subject;
  }
}
