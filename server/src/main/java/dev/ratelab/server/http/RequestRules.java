package dev.ratelab.server.http;

import java.time.Duration;

/** Which requests are not taken, and what is told instead. Behind one of them a connection cannot be trusted to be where the next begins. */
final class RequestRules {
  static final String MALFORMED = "the request is not well-formed";

  private RequestRules() {}

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
}
