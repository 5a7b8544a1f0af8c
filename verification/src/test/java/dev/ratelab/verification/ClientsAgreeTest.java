package dev.ratelab.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** Jedis = Lettuce, also where the clock goes back, of which the oracle knows nothing. */
class ClientsAgreeTest {
  private final VerifiedSubject lettuce = new RedisSubject(TestRedis.lettuce());
  private final VerifiedSubject jedis = new RedisSubject(TestRedis.jedis());

  @net.jqwik.api.Property(tries = 300)
  void sameDecisions(@ForAll("scenarios") Scenario scenario) {
    assertThat(scenario.decide(jedis)).isEqualTo(scenario.decide(lettuce));
  }

  @Provide
  Arbitrary<Scenario> scenarios() {
    return Arbitraries.of(Algorithm.class)
        .filter(Property.CLOCK_GOING_BACK::accepts)
        .flatMap(algorithm -> Scenarios.of(Property.CLOCK_GOING_BACK, algorithm));
  }
}
