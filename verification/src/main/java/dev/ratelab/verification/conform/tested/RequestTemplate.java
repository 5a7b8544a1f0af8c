package dev.ratelab.verification.conform.tested;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * An HTTP request with places for the key and the cost: <code>${key}</code>, <code>${cost}</code>. A key is percent-encoded in the
 * URL, escaped as in a JSON string in the body, and as it is in a header.
 */
public final class RequestTemplate {
  private static final List<String> PLACES = List.of("key", "cost");
  private static final Pattern REQUEST = Pattern.compile("(?s)([A-Z]+)(?:\\s+(.*))?");
  private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):\\s*(.*)");
  private static final Pattern FIELD_VALUE = Pattern.compile("([!-~]([ -~]*[!-~])?)?");
  private static final String CONTENT_TYPE = "content-type";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final String method;
  private final Template url;
  private final Map<String, Template> headers;
  private final Template body;

  private RequestTemplate(
      String method, Template url, Map<String, Template> headers, Template body) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
  }

  /**
   * Reads a template.
   *
   * @param url where to: {@code http://localhost:8080/check?key=}<code>${key}</code>
   * @param request the method, and the body if there is one: {@code GET}, or <code>POST {"key":"${key}","cost":${cost}}</code>
   * @param headers more fields: <code>X-User: ${key}</code>. A body is JSON unless a {@code Content-Type} says otherwise
   * @throws IllegalArgumentException if one of them is not such a template, or the key is in none
   */
  public static RequestTemplate parse(String url, String request, List<String> headers) {
    if (!url.matches("https?://.*")) {
      throw new IllegalArgumentException(
          "the URL is '%s'; accepted: one that begins with http:// or https://".formatted(url));
    }
    Matcher line = REQUEST.matcher(request);
    if (!line.matches()) {
      throw new IllegalArgumentException(
          "the request is '%s'; accepted: a method in capitals, and a body if there is one"
              .formatted(request));
    }
    Map<String, Template> fields = new LinkedHashMap<>();
    Template body = template(line.group(2) == null ? "" : line.group(2));
    if (!body.text().isEmpty()) {
      fields.put(CONTENT_TYPE, template("application/json"));
    }
    for (String header : headers) {
      Matcher field = HEADER.matcher(header);
      if (!field.matches()) {
        throw new IllegalArgumentException(
            "the header is '%s'; accepted: a name, a colon and a value".formatted(header));
      }
      fields.put(field.group(1).toLowerCase(Locale.ROOT), template(field.group(2)));
    }
    RequestTemplate template = new RequestTemplate(line.group(1), template(url), fields, body);
    if (!template.has("key")) {
      throw new IllegalArgumentException(
          "no ${key} in the URL, the body or a header: all keys would be one");
    }
    try {
      var unused = template.request("key", 1);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no such request can be sent: " + e.getMessage(), e);
    }
    return template;
  }

  private static Template template(String text) {
    return Template.parse(text, PLACES);
  }

  /** The host and the port. */
  String authority() {
    return URI.create(url.fill(name -> "1")).getAuthority();
  }

  /** Whether a cost can be told. */
  boolean takesCost() {
    return has("cost");
  }

  private boolean has(String place) {
    return Stream.concat(Stream.of(url, body), headers.values().stream())
        .anyMatch(template -> template.names().contains(place));
  }

  /**
   * A request.
   *
   * @throws NoAnswerException if the key cannot be written where the template has it
   */
  HttpRequest.Builder request(String key, long cost) {
    URI address =
        URI.create(url.fill(name -> name.equals("key") ? inUrl(key) : Long.toString(cost)));
    String content = body.fill(name -> name.equals("key") ? inJson(key) : Long.toString(cost));
    BodyPublisher publisher =
        content.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(content);
    HttpRequest.Builder request = HttpRequest.newBuilder(address)
        .timeout(Duration.ofSeconds(Pending.SECONDS))
        .method(method, publisher);
    headers.forEach((header, value) -> request.setHeader(
        header, value.fill(name -> name.equals("key") ? inHeader(key) : Long.toString(cost))));
    return request;
  }

  private static String inUrl(String key) {
    // Half a surrogate pair would become a question mark, and two keys one.
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      throw new NoAnswerException("the key is no text in UTF-8, so no URL can hold it", null);
    }
    return URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String inJson(String key) {
    String quoted = JSON.writeValueAsString(key);
    return quoted.substring(1, quoted.length() - 1);
  }

  private static String inHeader(String key) {
    if (!FIELD_VALUE.matcher(key).matches()) {
      throw new NoAnswerException(
          "no header can hold the key %s; it can hold visible ASCII"
              .formatted(JSON.writeValueAsString(key)),
          null);
    }
    return key;
  }
}
