package dev.ratelab.server.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.http.Response;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckResponsesTest {
  private static Response answer(Duration window, Decision decision) {
    Policy policy = Policy.of("p", Algorithm.LEAKY_BUCKET, Limit.of(10, window));
    return new CheckResponses(429)
        .decision(
            Request.of(ScopedPolicy.perKey(policy), "k", 1),
            RequestDecision.of(policy.name(), decision));
  }

  /** Never too early, and not a second later than that needs. */
  @ParameterizedTest
  @CsvSource({"1, 1", "999999, 1", "1000000, 1", "1000001, 2", "31622400000000, 31622400"})
  void waitsAreRoundedUpToWholeSeconds(long micros, String seconds) {
    Response denied = answer(Duration.ofSeconds(10), Decision.deny(10, 0, micros, micros));

    assertThat(denied.field("Retry-After")).isEqualTo(seconds);
    assertThat(denied.field("RateLimit")).isEqualTo("\"p\";r=0;t=" + seconds);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 0.000001",
    "10, 0.00001",
    "1500000, 1.5",
    "100000000, 100",
    "31622400000001, 31622400.000001"
  })
  void bodiesAreExactToTheMicrosecondAndNeverInPowersOfTen(long micros, String seconds) {
    String body =
        answer(Duration.ofSeconds(10), Decision.deny(10, 0, micros, micros)).text();

    assertThat(body)
        .isEqualTo(
            "{\"allowed\":false,\"limit\":10,\"remaining\":0,\"retryAfter\":%s,\"resetAfter\":%s}",
            seconds, seconds);
  }

  /** The draft knows whole seconds only; to round the window would tell another limit. */
  @Test
  void aWindowThatIsNotWholeSecondsIsLeftOut() {
    Decision decision = Decision.allow(10, 9, 0);

    assertThat(answer(Duration.ofMillis(1_500), decision).field("RateLimit-Policy"))
        .isEqualTo("\"p\";q=10");
    assertThat(answer(Duration.ofDays(1), decision).field("RateLimit-Policy"))
        .isEqualTo("\"p\";q=10;w=86400");
  }

  @Test
  void aDelayIsPartOfTheAnswer() {
    Response response =
        answer(Duration.ofSeconds(10), Decision.allow(10, 8, 2_000_000).delayedBy(1_250_000));

    assertThat(response.text()).endsWith(",\"delay\":1.25}");
  }
}
