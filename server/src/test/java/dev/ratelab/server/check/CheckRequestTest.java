package dev.ratelab.server.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.http.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an HTTP client of strings cannot send. */
class CheckRequestTest {
  private static final ActivePolicies SERVED =
      ActivePolicies.of(ScriptedLimiter.POLICIES, ScriptedLimiter.always(Decision.allow(10, 9, 0)));

  private static Request parse(byte[] body) {
    return CheckRequest.parse(body, SERVED);
  }

  /** In turn: a stray byte, an overlong slash, a surrogate, a cut character, Latin-1, and UTF-16. */
  @ParameterizedTest
  @ValueSource(strings = {"ff", "c0af", "eda080", "e282", "e9", "feff0041"})
  void aBodyThatIsNotUtf8IsRejected(String hex) {
    byte[] wrong = HexFormat.of().parseHex(hex);
    byte[] body = "{\"key\":\"\"}".getBytes(StandardCharsets.UTF_8);
    byte[] planted = new byte[body.length + wrong.length];
    System.arraycopy(body, 0, planted, 0, 8);
    System.arraycopy(wrong, 0, planted, 8, wrong.length);
    System.arraycopy(body, 8, planted, 8 + wrong.length, body.length - 8);

    assertThatExceptionOfType(Rejection.class)
        .isThrownBy(() -> parse(planted))
        .withMessage("the body is not valid UTF-8");
  }

  @Test
  void utf16IsNotGuessed() {
    assertThatExceptionOfType(Rejection.class)
        .isThrownBy(() -> parse("{\"key\":\"a\"}".getBytes(StandardCharsets.UTF_16BE)));
  }

  /** JSON may escape half a character, and a key is any string. */
  @Test
  void anEscapedHalfCharacterIsAKey() {
    assertThat(parse("{\"key\":\"\\ud800\"}".getBytes(StandardCharsets.UTF_8)).key())
        .isEqualTo("\uD800");
  }

  @Test
  void nestingAndLongNumbersDoNotHurt() {
    byte[] deep = "[".repeat(60_000).getBytes(StandardCharsets.UTF_8);
    byte[] nested = ("{\"key\":" + "[".repeat(60_000)).getBytes(StandardCharsets.UTF_8);
    byte[] number =
        ("{\"key\":\"a\",\"cost\":" + "9".repeat(60_000) + "}").getBytes(StandardCharsets.UTF_8);

    for (byte[] body : new byte[][] {deep, nested, number}) {
      assertThatExceptionOfType(Rejection.class)
          .isThrownBy(() -> parse(body))
          .satisfies(rejection -> assertThat(rejection.detail()).hasSizeLessThan(300));
    }
  }

  @Test
  void longNamesAreNotRepeatedWhole() {
    byte[] body = ("{\"" + "n".repeat(10_000) + "\":1}").getBytes(StandardCharsets.UTF_8);

    assertThatExceptionOfType(Rejection.class)
        .isThrownBy(() -> parse(body))
        .satisfies(rejection -> assertThat(rejection.detail()).hasSizeLessThan(300));
  }
}
