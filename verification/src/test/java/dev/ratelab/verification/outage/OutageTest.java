package dev.ratelab.verification.outage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every outage of a single server, over each client, on one algorithm. {@link EveryOutageTest} tries all others. */
class OutageTest {
  /** The clients as users have them. */
  enum Library {
    LETTUCE,
    JEDIS;

    RedisClient connect(RedisAddress address) {
      return this == LETTUCE ? LettuceClient.connect(address) : JedisClient.connect(address);
    }
  }

  static Stream<Arguments> outagesAndClients() {
    return Stream.of(Outage.values())
        .filter(outage -> outage != Outage.FAILED_OVER)
        .flatMap(
            outage -> Stream.of(Library.values()).map(library -> Arguments.of(outage, library)));
  }

  /** Where states are lost, the suite must see that, or it would see nothing. */
  static Outcome requireKept(Outage outage, Algorithm algorithm, Library library)
      throws IOException, InterruptedException {
    Outcome outcome = outage.rehearse(OutageTrial.of(algorithm, library::connect));

    assertThat(outcome.broken()).as("%s", outcome).isEmpty();
    if (outcome.bound() > 0) {
      assertThat(outcome.overAdmitted()).as("%s", outcome).isPositive();
    }
    return outcome;
  }

  @ParameterizedTest(name = "{0} over {1}")
  @MethodSource("outagesAndClients")
  void everyPromiseIsKept(Outage outage, Library library) throws Exception {
    requireKept(outage, Algorithm.GCRA, library);
  }

  /**
   * The bounds are those of one call a decision: whatever is spent was charged before, and is lost with the state at most once. A bound need not be
   * met: a counter that refused is not asked again before it may admit.
   */
  @ParameterizedTest(name = "{0}, on leases")
  @EnumSource(names = {"KILLED", "RESHARDED", "HANDED_OVER"})
  void everyPromiseIsKeptOnLeases(Outage outage) throws Exception {
    OutageTrial leased =
        OutageTrial.of(Algorithm.GCRA, Library.LETTUCE::connect).leased();

    Outcome outcome = outage.rehearse(leased);

    assertThat(outcome.broken()).as("%s", outcome).isEmpty();
  }
}
