package dev.ratelab.server;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request that cannot be answered with a decision, and why. The message is one sentence for whoever sent it. */
final class Rejection extends RuntimeException {
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
}
