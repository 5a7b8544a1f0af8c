package dev.ratelab.verification.conform.tested;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an HTTP response tells of a decision: in JSON as our own server writes it, in seconds, or as a program does
 * (docs/conform-protocol.md), or else in header fields.
 *
 * <p>The resets of {@code RateLimit} and {@code RateLimit-Reset} are taken for the wait of a denied request only:
 * draft-ietf-httpapi-ratelimit-headers says that a client must not assume that the whole limit is there then.
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
  private static final Pattern RESET = Pattern.compile("\\b(?:t|reset)=(\\d+)");
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,16}([.]\\d+)?");

  /** 31 years as a wait, and 2001 as an epoch in seconds. */
  private static final double LONGEST_WAIT = 1e9;

  /** The year 5138 as an epoch in seconds, and 1973 in milliseconds. */
  private static final double LATEST_SECONDS = 1e11;

  /** How far the target's clock and ours may be apart before its own is believed. */
  private static final long APART = 5 * SECOND;

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
      return inHeaders(allowed);
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

  private Answer inHeaders(boolean allowed) {
    ToldWait reset = moment("x-ratelimit-reset");
    ToldWait retry = moment("retry-after");
    if (!allowed && retry == null) {
      retry = Stream.of(largest(RESET), moment("ratelimit-reset"), reset)
          .filter(wait -> wait != null)
          .findFirst()
          .orElse(null);
    }
    return new Answer(allowed, remaining(), retry, reset);
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

  /** The policy with the least is the one that counts. */
  private @Nullable Long remaining() {
    OptionalLong least = limits(REMAINING).min();
    if (least.isPresent()) {
      return least.getAsLong();
    }
    Double number = number("ratelimit-remaining");
    Double other = number == null ? number("x-ratelimit-remaining") : number;
    return other == null ? null : (Long) (long) Math.floor(other);
  }

  private @Nullable ToldWait largest(Pattern parameter) {
    OptionalLong largest = limits(parameter).max();
    return largest.isPresent() ? new ToldWait(largest.getAsLong() * SECOND, SECOND) : null;
  }

  /** A parameter of {@code RateLimit}, of each policy: {@code "default";r=5;t=3}, or in older drafts {@code limit=10, remaining=5, reset=3}. */
  private LongStream limits(Pattern parameter) {
    return response.headers().allValues("ratelimit").stream()
        .map(value -> QUOTED.matcher(value).replaceAll(""))
        .flatMap(value -> parameter.matcher(value).results())
        .map(match -> match.group(1))
        .filter(digits -> digits.length() < 10)
        .mapToLong(Long::parseLong);
  }

  /** A wait in seconds, an epoch in seconds or milliseconds, or a date. */
  private @Nullable ToldWait moment(String header) {
    Double number = number(header);
    if (number == null) {
      Instant date = date(header);
      return date == null ? null : until(date.getEpochSecond() * SECOND, SECOND);
    }
    if (number < LONGEST_WAIT) {
      return new ToldWait(Math.round(number * SECOND), SECOND);
    }
    return number < LATEST_SECONDS
        ? until(Math.round(number * SECOND), SECOND)
        : until(Math.round(number * 1_000), 1_000);
  }

  private ToldWait until(long epochMicros, long unitMicros) {
    Instant now = Instant.now();
    long micros = now.getEpochSecond() * SECOND + now.getNano() / 1_000;
    Instant there = date("date");
    if (there == null || Math.abs(there.getEpochSecond() * SECOND - micros) <= APART) {
      return new ToldWait(epochMicros - micros, unitMicros);
    }
    // Its clock, cut to a second.
    return new ToldWait(
        epochMicros - there.getEpochSecond() * SECOND - SECOND / 2, unitMicros + SECOND);
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
