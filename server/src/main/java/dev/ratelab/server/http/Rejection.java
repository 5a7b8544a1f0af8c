package dev.ratelab.server.http;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request that cannot be answered with a decision, and why. The message is one sentence for whoever sent it. */
public final class Rejection extends RuntimeException {
  // The phrases of RFC 9110; Netty has those of older ones.
  public static final HttpResponseStatus CONTENT_TOO_LARGE =
      new HttpResponseStatus(413, "Content Too Large");
  static final HttpResponseStatus URI_TOO_LONG = new HttpResponseStatus(414, "URI Too Long");
  public static final HttpResponseStatus UNPROCESSABLE_CONTENT =
      new HttpResponseStatus(422, "Unprocessable Content");

  private static final int ECHO = 100;

  private final transient HttpResponseStatus status;

  public Rejection(HttpResponseStatus status, String detail) {
    // No stack trace: the sender is at fault, and senders may be many.
    super(detail, null, false, false);
    this.status = status;
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
