package dev.ratelab.verification;

import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.Subject;
import net.jqwik.api.PropertyDefaults;

/** The same scripts over the other client, which waits for each answer: fewer tries. */
@PropertyDefaults(tries = 200)
class JedisPropertiesTest extends PropertySuite {
  private final Subject subject = new RedisSubject(TestRedis.jedis());

  @Override
  Subject subject() {
    return subject;
  }
}
