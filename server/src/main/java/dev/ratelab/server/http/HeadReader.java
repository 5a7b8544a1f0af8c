package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpConstants;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of one request line by line, as strictly as the docs promise, and the trailers behind a body. A line that is not well-formed,
 * too long, or one that two readers could understand differently, is a {@link Rejection}.
 */
final class HeadReader {
  /** An object of many bytes comes of each field, however short it is. */
  private static final int MAX_FIELDS = 100;

  private static final int ROOM = 256;
  private static final int VERSION_BYTES = "HTTP/1.1".length();
  static final char DELETE = 0x7f;
  private static final boolean[] TOKEN = of("[a-zA-Z0-9!#$%&'*+.^_`|~-]");
  /** A host's name or address and a port, as RFC 3986, section 3.2, writes them. */
  private static final boolean[] HOST = of("[a-zA-Z0-9._~%!$&'()*+;=:\\[\\]-]");

  private static final boolean[] DIGIT = of("[0-9]");
  private static final byte[] HTTP = {'H', 'T', 'T', 'P', '/'};
  private static final int LENGTHS = 1 << 4 | 1 << 6 | 1 << 10 | 1 << 14 | 1 << 16 | 1 << 17;

  private final ClientLimits limits;
  private byte[] bytes = new byte[ROOM];
  private int length;
  private int fieldsBegin;
  private int fieldBytes;
  private int fields;
  private @Nullable HttpMethod method;
  private String target = "";
  private boolean http10;
  private int hosts;
  private long bodyBytes = -1;
  private @Nullable String coding;
  private boolean close;
  private boolean keepAlive;
  private boolean expectsContinue;
  private @Nullable Rejection refusal;

  HeadReader(ClientLimits limits) {
    this.limits = limits;
  }

  int length() {
    return length;
  }

  /** Takes the next line. Returns how long it is without its end, or -1 if it is not whole. */
  private int line(ByteBuf in, int most, int status, String tooLong) {
    int begin = in.readerIndex();
    int end = in.indexOf(begin, in.writerIndex(), HttpConstants.LF);
    int taken = (end < 0 ? in.writerIndex() : end) - begin;
    if (taken - 1 > most) {
      throw new Rejection(status, tooLong);
    }
    if (end < 0) {
      return -1;
    }
    if (length + taken + 1 > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + taken + 1));
    }
    in.readBytes(bytes, length, taken + 1);
    if (taken == 0 || bytes[length + taken - 1] != HttpConstants.CR) {
      throw Rejection.malformed();
    }
    return taken - 1;
  }

  /** Takes the request line, if it is whole. */
  boolean requestLine(ByteBuf in) {
    int size = line(in, limits.requestLineBytes(), 414, "the request line is too long");
    if (size < 0) {
      return false;
    }
    int end = size;
    int word = 0;
    while (word < end && TOKEN[bytes[word] & 0xff]) {
      word++;
    }
    int from = spaces(word, end);
    int to = from;
    while (to < end && bytes[to] > ' ' && bytes[to] != DELETE) {
      to++;
    }
    int version = spaces(to, end);
    if (end - version != VERSION_BYTES || !isVersion(version)) {
      throw Rejection.malformed();
    }
    method = method(word);
    target = text(from, to);
    if (bytes[version + 5] != '1') {
      throw new Rejection(
          505, "%s is not supported; accepted: HTTP/1.1, HTTP/1.0".formatted(text(version, end)));
    }
    http10 = bytes[version + 7] == '0';
    length = size + 2;
    fieldsBegin = length;
    return true;
  }

  /** Takes the line before a chunk, or gives null if it is not whole. */
  @Nullable
  String line(ByteBuf in) {
    int size = line(in, limits.requestLineBytes(), 400, Rejection.MALFORMED);
    return size < 0 ? null : text(0, size);
  }

  /** Where the next word begins, behind at least one space and nothing else. */
  private int spaces(int from, int end) {
    int at = from;
    while (at < end && bytes[at] == ' ') {
      at++;
    }
    if (at == from || from == 0) {
      throw Rejection.malformed();
    }
    return at;
  }

  private boolean isVersion(int at) {
    return Arrays.equals(bytes, at, at + HTTP.length, HTTP, 0, HTTP.length)
        && DIGIT[bytes[at + 5] & 0xff]
        && bytes[at + 6] == '.'
        && DIGIT[bytes[at + 7] & 0xff];
  }

  private HttpMethod method(int end) {
    if (end == 4 && bytes[0] == 'P' && bytes[1] == 'O' && bytes[2] == 'S' && bytes[3] == 'T') {
      return HttpMethod.POST;
    }
    return HttpMethod.valueOf(text(0, end));
  }

  /** Takes the next field, or the empty line behind all of them, if it is whole. Returns its length, 0 for that line, or -1. */
  int field(ByteBuf in) {
    int size = line(in, limits.headerBytes() - fieldBytes, 431, "the header fields are too long");
    if (size <= 0) {
      return size;
    }
    if (++fields > MAX_FIELDS) {
      throw new Rejection(431, "the header fields are too many");
    }
    int end = length + size;
    int colon = length;
    while (colon < end && TOKEN[bytes[colon] & 0xff]) {
      colon++;
    }
    if (colon == length || colon == end || bytes[colon] != ':') {
      throw Rejection.malformed();
    }
    for (int at = colon + 1; at < end; at++) {
      byte each = bytes[at];
      if ((each >= 0 && each < ' ' && each != HttpConstants.HT) || each == DELETE) {
        throw Rejection.malformed();
      }
    }
    if (method != null) {
      meaning(colon, end);
    }
    fieldBytes += size;
    length = end + 2;
    return size;
  }

  private void meaning(int colon, int end) {
    switch (name(colon)) {
      case "host" -> {
        hosts++;
        requireAll(value(colon, end), HOST);
      }
      case "connection" -> {
        for (String each : value(colon, end).split(",", -1)) {
          close |= each.strip().equals("close");
          keepAlive |= each.strip().equals("keep-alive");
        }
      }
      case "content-length" -> bodyBytes = number(value(colon, end));
      case "transfer-encoding" -> coding = coding == null ? value(colon, end) : "several";
      case "expect" -> {
        expectsContinue = true;
        refuse(
            value(colon, end).equals("100-continue"),
            417,
            "the request expects what this server does not know; accepted: 100-continue");
      }
      case "content-encoding" ->
        refuse(
            value(colon, end).equals("identity"),
            415,
            "the body has a content coding, which is not decoded here; accepted: identity");
      default -> {}
    }
  }

  /** The field's name in small letters, where its length is that of a name which means something here. */
  private String name(int colon) {
    return (1 << (colon - length) & LENGTHS) == 0
        ? ""
        : text(length, colon).toLowerCase(Locale.ROOT);
  }

  /** What is told once the head is whole, since what is not well-formed goes before. */
  private void refuse(boolean accepted, int status, String why) {
    if (!accepted && refusal == null) {
      refusal = new Rejection(status, why);
    }
  }

  private String value(int colon, int end) {
    return text(colon + 1, end).strip().toLowerCase(Locale.ROOT);
  }

  /** A second length is refused: whatever stands in front of this server may take another than we do (RFC 9112, section 6.3). */
  private long number(String digits) {
    requireAll(digits, DIGIT);
    if (digits.isEmpty() || bodyBytes >= 0) {
      throw Rejection.malformed();
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw Rejection.malformed();
    }
  }

  private static void requireAll(String text, boolean[] allowed) {
    for (int i = 0; i < text.length(); i++) {
      if (!allowed[text.charAt(i)]) {
        throw Rejection.malformed();
      }
    }
  }

  /** The head of a request, all of whose lines are taken. */
  RequestHead head() {
    if (hosts > 1 || (hosts == 0 && !http10)) {
      throw new Rejection(400, "the request has %s Host fields; accepted: one".formatted(hosts));
    }
    if (coding != null) {
      if (bodyBytes >= 0 || http10 || !coding.endsWith("chunked")) {
        throw Rejection.malformed();
      }
      refuse(
          coding.equals("chunked"),
          501,
          "the request has a transfer coding that is not decoded here; accepted: chunked");
    }
    if (refusal != null) {
      throw refusal;
    }
    return new RequestHead(
        Objects.requireNonNull(method, "the request line is the first"),
        target,
        this::headers,
        length,
        coding == null ? Math.max(0, bodyBytes) : RequestHead.CHUNKED,
        !http10,
        !close && (keepAlive || !http10),
        expectsContinue && !http10);
  }

  private HttpHeaders headers() {
    HttpHeaders headers = new DefaultHttpHeaders();
    text(fieldsBegin, length).lines().forEach(line -> {
      int colon = line.indexOf(':');
      headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
    });
    return headers;
  }

  private String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean[] of(String pattern) {
    Predicate<String> matches = Pattern.compile(pattern).asMatchPredicate();
    boolean[] set = new boolean[256];
    for (char c = 0; c < set.length; c++) {
      set[c] = matches.test(String.valueOf(c));
    }
    return set;
  }
}
