package dev.ratelab.verification.conform.tested;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an HTTP response tells of a decision: in JSON as our own server writes it, in seconds, or as a program does
 * (docs/conform-protocol.md), or else in header fields.
 *
 * <p>A quota's reset in a header is not read: it may be when the window ends, when the whole limit is back or when the next
 * request is admitted, and no header tells which.
 */
final class HttpAnswer {
  private static final long SECOND = 1_000_000;
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final List<String> SERVER_FIELDS =
      List.of("limit", "remaining", "retryAfter", "resetAfter");
  private static final List<String> PROGRAM_FIELDS =
      List.of("remaining", "retryAfterMs", "resetAfterMs", "retryAfterS", "resetAfterS");
  private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"");
  private static final Pattern REMAINING = Pattern.compile("\\b(?:r|remaining)=(\\d+)");
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}([.]\\d+)?");

  private final HttpResponse<String> response;
  private final @Nullable JsonNode json;
  private final boolean toldInBody;

  private HttpAnswer(HttpResponse<String> response) {
    this.response = response;
    json = json(response.body());
    toldInBody = json != null && toldIn(json);
  }

  static Answer read(HttpResponse<String> response, Admission admission) {
    return new HttpAnswer(response).answer(admission);
  }

  private Answer answer(Admission admission) {
    boolean allowed = allowed(admission);
    if (json == null || !toldInBody) {
      return new Answer(allowed, remaining(), retryAfter(), null);
    }
    if (isServers(json)) {
      return new Answer(
          allowed,
          json.path("remaining").longValue(),
          exact(json.path("retryAfter")),
          exact(json.path("resetAfter")));
    }
    Answer told = ProgramAnswer.read(json);
    return new Answer(allowed, told.remaining(), told.retryAfter(), told.resetAfter());
  }

  private boolean allowed(Admission admission) {
    String path = admission.field();
    if (path == null && toldInBody) {
      path = "allowed";
    }
    if (path == null) {
      if (response.statusCode() / 100 == 2) {
        return true;
      }
      if (admission.denied().contains(response.statusCode())) {
        return false;
      }
      throw problem("no decision");
    }
    JsonNode field = json;
    for (String name : path.split("[.]", -1)) {
      field = field == null ? null : field.get(name);
    }
    if (field == null || !field.isBoolean()) {
      throw problem("no %s that is true or false".formatted(path));
    }
    return field.booleanValue();
  }

  /** As our own server tells it, or with the fields that a program has. */
  private static boolean toldIn(JsonNode json) {
    return json.path("allowed").isBoolean()
        && (isServers(json)
            || PROGRAM_FIELDS.stream().anyMatch(field -> json.path(field).isNumber()));
  }

  private static boolean isServers(JsonNode json) {
    return SERVER_FIELDS.stream().allMatch(field -> json.path(field).isNumber());
  }

  private static ToldWait exact(JsonNode seconds) {
    return new ToldWait(Math.round(seconds.doubleValue() * SECOND), 1);
  }

  /**
   * Of {@code RateLimit} that of the policy with the least: {@code "default";r=5;t=3}, or in older drafts {@code limit=10, remaining=5,
   * reset=3}.
   */
  private @Nullable Long remaining() {
    OptionalLong least = response.headers().allValues("ratelimit").stream()
        .map(value -> QUOTED.matcher(value).replaceAll(""))
        .flatMap(value -> REMAINING.matcher(value).results())
        .map(match -> match.group(1))
        .filter(digits -> digits.length() < 10)
        .mapToLong(Long::parseLong)
        .min();
    if (least.isPresent()) {
      return least.getAsLong();
    }
    Double number = number("ratelimit-remaining");
    Double other = number == null ? number("x-ratelimit-remaining") : number;
    return other == null ? null : (Long) (long) Math.floor(other);
  }

  /** Seconds, or a date, which is counted from the server's own: both are cut to a second. */
  private @Nullable ToldWait retryAfter() {
    Double seconds = number("retry-after");
    if (seconds != null) {
      return new ToldWait(Math.round(seconds * SECOND), SECOND);
    }
    Instant there = date("retry-after");
    Instant now = date("date");
    return there == null || now == null
        ? null
        : new ToldWait(
            (there.getEpochSecond() - now.getEpochSecond()) * SECOND - SECOND / 2, 2 * SECOND);
  }

  private @Nullable Instant date(String header) {
    String value = response.headers().firstValue(header).orElse(null);
    if (value == null) {
      return null;
    }
    try {
      return ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  private @Nullable Double number(String header) {
    return response
        .headers()
        .firstValue(header)
        .map(String::strip)
        .filter(value -> NUMBER.matcher(value).matches())
        .map(Double::valueOf)
        .orElse(null);
  }

  private static @Nullable JsonNode json(String body) {
    if (!body.startsWith("{")) {
      return null;
    }
    try {
      return JSON.readTree(body);
    } catch (JacksonException e) {
      return null;
    }
  }

  private NoAnswerException problem(String what) {
    String body = response.body().strip();
    return new NoAnswerException(
        "the status %s tells %s%s"
            .formatted(
                response.statusCode(),
                what,
                body.isEmpty()
                    ? ""
                    : ": " + (body.length() <= 200 ? body : body.substring(0, 200) + "…")),
        null);
  }
}
