package dev.ratelab.verification.conform.tested;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What the lines of a program mean. */
final class ProgramAnswer {
  private static final long MILLI = 1_000;
  private static final long SECOND = 1_000_000;

  private ProgramAnswer() {}

  static Answer read(JsonNode line) {
    throwError(line);
    if (!line.path("allowed").isBoolean()) {
      throw problem(line, "no allowed that is true or false");
    }
    Double remaining = number(line, "remaining");
    Double unit = number(line, "unitMs");
    long unitMicros = unit == null ? MILLI : Math.max(1, Math.round(unit * MILLI));
    return new Answer(
        line.path("allowed").booleanValue(),
        remaining == null ? null : (Long) (long) Math.floor(remaining),
        wait(line, "retryAfter", unitMicros),
        wait(line, "resetAfter", unitMicros));
  }

  static long size(JsonNode line) {
    throwError(line);
    Double size = number(line, "size");
    if (size == null) {
      throw problem(line, "no size");
    }
    return size.longValue();
  }

  private static @Nullable ToldWait wait(JsonNode line, String field, long unitMicros) {
    Double millis = number(line, field + "Ms");
    if (millis != null) {
      return new ToldWait(Math.round(millis * MILLI), unitMicros);
    }
    Double seconds = number(line, field + "S");
    return seconds == null ? null : new ToldWait(Math.round(seconds * SECOND), SECOND);
  }

  private static @Nullable Double number(JsonNode line, String field) {
    JsonNode node = line.path(field);
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    if (!node.isNumber()) {
      throw problem(line, "a %s that is not a number".formatted(field));
    }
    return node.doubleValue();
  }

  private static void throwError(JsonNode line) {
    if (line.has("error")) {
      throw new NoAnswerException(line.path("error").asString(), null);
    }
  }

  private static NoAnswerException problem(JsonNode line, String what) {
    return new NoAnswerException("the answer %s has %s".formatted(line, what), null);
  }
}
