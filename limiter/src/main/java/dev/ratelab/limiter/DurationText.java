package dev.ratelab.limiter;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as text: a whole number with us, ms, s, m, h or d, such as 10s, or as ISO 8601 writes them. */
public final class DurationText {
  private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18})(us|ms|s|m|h|d)");

  /** In nanoseconds. */
  private static final List<Map.Entry<String, Long>> UNITS = List.of(
      Map.entry("d", 86_400_000_000_000L),
      Map.entry("h", 3_600_000_000_000L),
      Map.entry("m", 60_000_000_000L),
      Map.entry("s", 1_000_000_000L),
      Map.entry("ms", 1_000_000L),
      Map.entry("us", 1_000L));

  private static final long MOST_SECONDS = Long.MAX_VALUE / 1_000_000_000 - 1;

  private DurationText() {}

  /** Writes a duration as it is read: in the largest unit that needs no fraction. One below a microsecond, which is not read, is in ns. */
  public static String of(Duration duration) {
    if (duration.isZero() || Math.abs(duration.toSeconds()) > MOST_SECONDS) {
      return duration.toSeconds() + "s";
    }
    long nanos = duration.toNanos();
    for (Map.Entry<String, Long> unit : UNITS) {
      if (nanos % unit.getValue() == 0) {
        return nanos / unit.getValue() + unit.getKey();
      }
    }
    return nanos + "ns";
  }

  /** Reads a duration. Throws {@link IllegalArgumentException} if it is none; the message says what is accepted. */
  public static Duration parse(String text) {
    Matcher parts = NUMBER_AND_UNIT.matcher(text.toLowerCase(Locale.ROOT));
    try {
      if (!parts.matches()) {
        return Duration.parse(text);
      }
      long number = Long.parseLong(parts.group(1));
      return switch (parts.group(2)) {
        case "us" -> Duration.ofNanos(Math.multiplyExact(number, 1_000L));
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "'%s' is no duration; accepted: a whole number with us, ms, s, m, h or d, such as 10s"
              .formatted(text));
    }
  }
}
