package dev.ratelab.server.http;

import io.netty.util.AsciiString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The Date field, which every answer must carry (RFC 9110, section 6.6.1), written once a second. */
final class HttpDate {
  // Not the JDK's RFC_1123_DATE_TIME, which writes the first nine days of a month with one digit.
  private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
          "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
      .withZone(ZoneOffset.UTC);

  private static volatile Second latest = new Second(0, AsciiString.EMPTY_STRING);

  private HttpDate() {}

  static AsciiString now() {
    long second = Instant.now().getEpochSecond();
    Second seen = latest;
    if (seen.number != second) {
      seen = new Second(second, new AsciiString(FORMAT.format(Instant.ofEpochSecond(second))));
      latest = seen;
    }
    return seen.text;
  }

  private record Second(long number, AsciiString text) {}
}
