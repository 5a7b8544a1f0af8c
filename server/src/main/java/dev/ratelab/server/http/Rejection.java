package dev.ratelab.server.http;

import dev.ratelab.limiter.DurationText;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A request that cannot be answered with a decision, and why. The message is one sentence for whoever sent it. */
public final class Rejection extends RuntimeException {
  // The phrases of RFC 9110; Netty has those of older ones.
  private static final Map<Integer, HttpResponseStatus> PHRASED = Stream.of(
          new HttpResponseStatus(413, "Content Too Large"),
          new HttpResponseStatus(414, "URI Too Long"),
          new HttpResponseStatus(422, "Unprocessable Content"))
      .collect(Collectors.toMap(HttpResponseStatus::code, status -> status));

  static final String MALFORMED = "the request is not well-formed";

  private static final int ECHO = 100;

  private final transient HttpResponseStatus status;

  public Rejection(int status, String detail) {
    // No stack trace: the sender is at fault, and senders may be many.
    super(detail, null, false, false);
    this.status = status(status);
  }

  static HttpResponseStatus status(int code) {
    return PHRASED.getOrDefault(code, HttpResponseStatus.valueOf(code));
  }

  static Rejection tooLarge(int maxBodyBytes) {
    return new Rejection(
        413, "the body is too long; accepted: at most %s bytes".formatted(maxBodyBytes));
  }

  static Rejection malformed() {
    return new Rejection(400, MALFORMED);
  }

  static Rejection late(String what, Duration within) {
    return new Rejection(
        408, "%s did not arrive within %s".formatted(what, DurationText.of(within)));
  }

  static Rejection noMemory() {
    return new Rejection(503, "the memory for requests is taken by others; come back later");
  }

  static Rejection tooManyConnections() {
    return new Rejection(503, "there are too many connections; come back later");
  }

  public HttpResponseStatus status() {
    return status;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  /** As much of what somebody sent as an answer repeats. */
  public static String shortened(String text) {
    return text.length() > ECHO ? text.substring(0, ECHO) + "..." : text;
  }
}
