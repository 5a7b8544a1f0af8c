package dev.ratelab.server.http;

import java.nio.charset.StandardCharsets;

/** ASCII text as bytes, which grows as it is written, without a string in between. Not thread-safe. */
public final class AsciiText {
  private static final int MICRO_DIGITS = 6;
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int LONGEST_NUMBER = 20;

  private byte[] bytes;
  private int length;

  /** An empty one with room for so many bytes at first. */
  public AsciiText(int room) {
    bytes = new byte[room];
  }

  private AsciiText(byte[] whole) {
    bytes = whole;
    length = whole.length;
  }

  /** These bytes, which are not copied and need not be ASCII. */
  public static AsciiText of(byte[] whole) {
    return new AsciiText(whole);
  }

  /** Adds a text of ASCII characters. */
  @SuppressWarnings(
      "deprecation") // It copies the low byte of each character, which is all there is.
  public AsciiText add(CharSequence ascii) {
    String text = ascii.toString();
    int end = length + text.length();
    ensure(end);
    text.getBytes(0, text.length(), bytes, length);
    length = end;
    return this;
  }

  public AsciiText add(long number) {
    if (number < 0) {
      return add(Long.toString(number));
    }
    ensure(length + LONGEST_NUMBER);
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    digits(number, digits);
    return this;
  }

  private void digits(long number, int count) {
    long rest = number;
    for (int at = length + count - 1; at >= length; at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += count;
  }

  /** Adds a time in seconds, exact to the microsecond and without zeros behind: 1, 0.25, 0.000001. */
  public AsciiText addSeconds(long micros) {
    add(micros / MICROS_PER_SECOND);
    long fraction = micros % MICROS_PER_SECOND;
    if (fraction > 0) {
      ensure(length + 1 + MICRO_DIGITS);
      bytes[length++] = '.';
      digits(fraction, MICRO_DIGITS);
      while (bytes[length - 1] == '0') {
        length--;
      }
    }
    return this;
  }

  private void ensure(int room) {
    if (room > bytes.length) {
      byte[] larger = new byte[Math.max(room, 2 * bytes.length)];
      System.arraycopy(bytes, 0, larger, 0, length);
      bytes = larger;
    }
  }

  /** Where its bytes are, from the first on. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
