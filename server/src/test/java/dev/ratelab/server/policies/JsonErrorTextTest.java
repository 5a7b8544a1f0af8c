package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.CheckRequest;
import dev.ratelab.server.http.Rejection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The readers of JSON, that of checks and that of the admin API, and that of YAML tell in our own words what is wrong. */
class JsonErrorTextTest {
  private static final String PARSERS =
      "(?s).*(\\(code|expecting|token|Token|`|Stream|Constraints|Object|Deserialization|maximum allowed).*";

  private static final ActivePolicies SERVED = ActivePolicies.of(
      PolicySet.of(
          ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1))))),
      RateLimiters.inMemory());

  private static String check(String text) {
    Rejection rejection = catchThrowableOfType(
        Rejection.class, () -> CheckRequest.parse(text.getBytes(StandardCharsets.UTF_8), SERVED));
    return rejection.detail();
  }

  private static String policies(String text) {
    ConfigurationException wrong = catchThrowableOfType(
        ConfigurationException.class, () -> PolicyDocument.json("the body", text));
    return wrong.oneLine();
  }

  private static String yaml(String text) {
    ConfigurationException wrong = catchThrowableOfType(
        ConfigurationException.class, () -> PolicyDocument.yaml("p.yaml", text));
    return wrong.oneLine();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {                     | it ends too early
          {"key":"a"            | it ends too early
          {'key':'a'}           | what is there is not expected
          {"key":"a",}          | what is there is not expected
          {"key":NaN}           | what is there is not expected
          {"key":hush}          | what is there is not expected
          {"key":"\\x"}        | what is there is not expected
          {"key":"a","key":"b"} | a field is there twice
          """)
  void saysWhatIsWrongWhere(String text, String why) {
    assertThat(check(text))
        .matches("the body is not valid JSON: line 1, column \\d+: " + why)
        .doesNotMatch(PARSERS);
    assertThat(policies(text))
        .startsWith("the body:1:")
        .endsWith("the text is not valid JSON: " + why)
        .doesNotMatch(PARSERS);
  }

  @Test
  void whatIsTooLongIsSaidWithoutTheParsersSettings() {
    for (String text : new String[] {
      "{\"key\":\"a\",\"cost\":" + "9".repeat(60_000) + "}", "{\"" + "n".repeat(55_000) + "\":1}"
    }) {
      assertThat(check(text)).doesNotMatch(PARSERS);
    }
    for (String text : new String[] {"[".repeat(60_000), "9".repeat(60_000)}) {
      assertThat(policies(text))
          .endsWith("a number or a name is too long, or the nesting too deep")
          .doesNotMatch(PARSERS);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {a: 1, a: 2}  | a field is there twice
          {a: 1         | what is there is not expected
          a: [1, 2      | what is there is not expected
          a: "x          | what is there is not expected
          a: b: c       | what is there is not expected
          a: @b         | what is there is not expected
          %             | what is there is not expected
          a: {b: *      | what is there is not expected
          """)
  void saysWhatIsWrongWhereInYaml(String text, String why) {
    assertThat(yaml(text))
        .matches("p\\.yaml:\\d+:\\d+: the text is not valid YAML: " + why)
        .doesNotMatch(PARSERS);
  }

  @Test
  void whatIsNestedTooDeepInYamlIsSaidWithoutTheParsersSettings() {
    assertThat(yaml("[".repeat(60_000)))
        .endsWith("a number or a name is too long, or the nesting too deep")
        .doesNotMatch(PARSERS);
  }

  @Test
  void whatGoesOnAfterTheEndIsSaid() {
    assertThat(policies("{} {}")).endsWith("it goes on after its end").doesNotMatch(PARSERS);
  }
}
