package dev.ratelab.server;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request that cannot be answered with a decision, and why. The message is one sentence for whoever sent it. */
final class Rejection extends RuntimeException {
  // The phrases of RFC 9110; Netty has those of older ones.
  static final HttpResponseStatus CONTENT_TOO_LARGE =
      new HttpResponseStatus(413, "Content Too Large");
  static final HttpResponseStatus URI_TOO_LONG = new HttpResponseStatus(414, "URI Too Long");
  static final HttpResponseStatus UNPROCESSABLE_CONTENT =
      new HttpResponseStatus(422, "Unprocessable Content");

  private static final int ECHO = 100;

  private final transient HttpResponseStatus status;

  Rejection(HttpResponseStatus status, String detail) {
    // No stack trace: the sender is at fault, and senders may be many.
    super(detail, null, false, false);
    this.status = status;
  }

  HttpResponseStatus status() {
    return status;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  /** As much of what somebody sent as an answer repeats. */
  static String shortened(String text) {
    return text.length() > ECHO ? text.substring(0, ECHO) + "..." : text;
  }
}
