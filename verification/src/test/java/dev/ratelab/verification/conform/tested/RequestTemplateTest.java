package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTemplateTest {
  private static final String URL = "http://127.0.0.1:8080/check";

  @Test
  void writesTheKeyAsEachPlaceNeedsIt() {
    HttpRequest request = RequestTemplate.parse(
            URL + "/${key}?n=${cost}", "DELETE", List.of("X-User: u ${key}", "X-Cost:${cost}"))
        .request("a b/$1?&+%~", 3)
        .build();

    assertThat(request.method()).isEqualTo("DELETE");
    assertThat(request.uri()).hasToString(URL + "/a%20b%2F%241%3F%26%2B%25%7E?n=3");
    assertThat(request.headers().map())
        .containsEntry("x-user", List.of("u a b/$1?&+%~"))
        .containsEntry("x-cost", List.of("3"));
    assertThat(RequestTemplate.parse(URL + "/${key}", "GET", List.of())
            .request("ä☃", 1)
            .build()
            .uri())
        .hasToString(URL + "/%C3%A4%E2%98%83");
  }

  @Test
  void refusesAKeyThatAPlaceCannotHold() {
    RequestTemplate url = RequestTemplate.parse(URL + "/${key}", "GET", List.of());
    RequestTemplate header = RequestTemplate.parse(URL, "GET", List.of("X-User: ${key}"));

    assertThatThrownBy(() -> url.request("\ud800", 1))
        .isInstanceOf(NoAnswerException.class)
        .hasMessage("the key is no text in UTF-8, so no URL can hold it");
    for (String key : List.of("ä", " a", "a ", "a\nb")) {
      assertThatThrownBy(() -> header.request(key, 1))
          .isInstanceOf(NoAnswerException.class)
          .hasMessageStartingWith("no header can hold the key ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ftp://a/${key}|GET|X: 1|the URL is 'ftp://a/${key}'; accepted: one that begins with http:// or https://",
        "http://a/${key}|{}|X: 1|the request is '{}'; accepted: a method in capitals, and a body if there is one",
        "http://a/${key}|GET|X|the header is 'X'; accepted: a name, a colon and a value",
        "http://a/${Key}|GET|X: 1|unknown ${Key} in 'http://a/${Key}'; accepted: ${key}, ${cost}",
        "http://a/|GET|X: ${cost}|no ${key} in the URL, the body or a header: all keys would be one",
        "http://a/${key}|GET|Host: b|no such request can be sent: restricted header name: \"host\"",
        "http://a b/${key}|GET|X: 1|no such request can be sent: Illegal character in authority"
      })
  void saysWhatIsWrong(String url, String request, String header, String problem) {
    assertThatThrownBy(() -> RequestTemplate.parse(url, request, List.of(header)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(problem);
  }
}
