package dev.ratelab.verification.service;

import org.jspecify.annotations.Nullable;

/**
 * What became of a request.
 *
 * @param number its number, from 0; its key is {@link OpenLoad#key}
 * @param due when it was to be sent, on the clock of {@link System#nanoTime}
 * @param end when its answer was there, or it was known that none comes
 * @param fate what became of it
 * @param decidedBy the failure policy that answered in place of the backend, if one did
 * @param because why it did
 */
record HttpReply(
    int number,
    long due,
    long end,
    Fate fate,
    @Nullable String decidedBy,
    @Nullable String because) {

  /** What can become of a request. */
  enum Fate {
    ALLOWED,
    DENIED,
    /** Sent, and its connection ended before an answer came. */
    UNANSWERED,
    /** Not sent, because there was no connection to send it on. */
    UNSENT
  }

  boolean decided() {
    return answered() && decidedBy == null;
  }

  boolean answered() {
    return fate == Fate.ALLOWED || fate == Fate.DENIED;
  }

  long latency() {
    return end - due;
  }
}
