package dev.ratelab.server.http;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The Date field, which every answer must carry (RFC 9110, section 6.6.1), written once a second. */
final class HttpDate {
  // Not the JDK's RFC_1123_DATE_TIME, which writes the first nine days of a month with one digit.
  private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
          "'date: 'EEE, dd MMM yyyy HH:mm:ss 'GMT\r\n'", Locale.ENGLISH)
      .withZone(ZoneOffset.UTC);

  private static volatile Second latest = new Second(0, new byte[0]);

  private HttpDate() {}

  /** The line of that field. Not to be changed. */
  static byte[] field() {
    long second = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    Second seen = latest;
    if (seen.number != second) {
      String line = FORMAT.format(Instant.ofEpochSecond(second));
      seen = new Second(second, line.getBytes(StandardCharsets.US_ASCII));
      latest = seen;
    }
    return seen.line;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Second(long number, byte[] line) {}
}
