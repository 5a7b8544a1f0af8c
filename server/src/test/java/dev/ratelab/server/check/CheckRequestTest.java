package dev.ratelab.server.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.http.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
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

  private static final List<String> PARTS = List.of(
      "{",
      "}",
      ",",
      ":",
      " ",
      "\n",
      "\u000b",
      "\"key\":\"a\"",
      "\"key\" : \"a b\"",
      "\"key\":\"\"",
      "\"key\":\"\u00e9\"",
      "\"key\":\"\\n\"",
      "\"key\":\"\t\"",
      "\"key\":\"\u007f\"",
      "\"key\":1",
      "\"tenant\":\"t\"",
      "\"policy\":\"api.v1\"",
      "\"policy\":\"none\"",
      "\"policy\":[\"api.v1\"]",
      "\"cost\":1",
      "\"cost\":0",
      "\"cost\":01",
      "\"cost\":-1",
      "\"cost\":1.0",
      "\"cost\":1e1",
      "\"cost\":100000000000000000",
      "\"cost\":1000000000000000000",
      "\"cost\":\"1\"",
      "\"costs\":1",
      "\"key");

  /** The reader of plain bodies is never of another opinion than the parser of JSON. */
  @Test
  void plainBodiesAreReadAsAnyOther() {
    SplittableRandom random = new SplittableRandom(20_261_129);
    int plain = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder body = new StringBuilder("{");
      for (int parts = random.nextInt(5); parts >= 0; parts--) {
        body.append(PARTS.get(random.nextInt(PARTS.size())))
            .append(random.nextInt(4) > 0 ? "," : "");
      }
      byte[] bytes = body.toString().replaceFirst(",$", "}").getBytes(StandardCharsets.UTF_8);
      plain += PlainCheck.read(bytes) == null ? 0 : 1;

      assertThat(outcome(() -> parse(bytes)))
          .as(body.toString())
          .isEqualTo(outcome(() -> CheckRequest.parseAnyJson(bytes, SERVED)));
    }
    assertThat(plain).isGreaterThan(1_000);
  }

  private static Object outcome(Supplier<Request> parse) {
    try {
      return parse.get();
    } catch (Rejection e) {
      return e.status() + " " + e.detail();
    }
  }
}
