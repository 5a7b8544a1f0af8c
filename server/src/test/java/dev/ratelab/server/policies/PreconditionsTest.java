package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.server.http.Rejection;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreconditionsTest {
  private static final String NOW = "\"now\"";

  private static HttpHeaders headers(String name, String value) {
    HttpHeaders headers = new DefaultHttpHeaders();
    return name == null ? headers : headers.set(name, value);
  }

  private static int status(HttpHeaders headers, String tag) {
    try {
      Preconditions.of(headers).require(tag);
      return 200;
    } catch (Rejection e) {
      return e.status().code();
    }
  }

  /** What comes of a condition where something is there with the tag "now", and where nothing is. */
  @ParameterizedTest
  @CsvSource(nullValues = "-", quoteCharacter = '`', delimiter = '|', textBlock = """
          -             | -                     | 428 | 200
          If-Match      | "now"                 | 200 | 412
          If-Match      | "then"                | 412 | 412
          If-Match      | "then", "now"         | 200 | 412
          If-Match      | "then",,"now" ,       | 200 | 412
          If-Match      | "a,b"                 | 412 | 412
          If-Match      | W/"now"               | 412 | 412
          If-Match      | *                     | 200 | 412
          If-Match      | now                   | 400 | 400
          If-Match      | "now                  | 400 | 400
          If-Match      | ,                     | 400 | 400
          If-Match      | "then" "now"          | 400 | 400
          If-None-Match | *                     | 412 | 200
          If-None-Match | "now"                 | 400 | 400
          """)
  void whatComesOfThem(String name, String value, int something, int nothing) {
    assertThat(status(headers(name, value), NOW)).isEqualTo(something);
    assertThat(status(headers(name, value), null)).isEqualTo(nothing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"now", "then"})
  void fieldsThatAreSentTwiceAreOneList(String second) {
    HttpHeaders headers = headers("If-Match", "\"x\"").add("If-Match", '"' + second + '"');

    assertThat(status(headers, NOW)).isEqualTo(second.equals("now") ? 200 : 412);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 8_000})
  void aLongListIsReadInLineWithItsLength(int length) {
    String tags = "\"x\", ".repeat(length);

    assertThatCode(() -> Preconditions.of(headers("If-Match", tags + NOW)).require(NOW))
        .doesNotThrowAnyException();
    assertThatExceptionOfType(Rejection.class)
        .isThrownBy(() -> Preconditions.of(headers("If-Match", tags + "!")));
  }
}
