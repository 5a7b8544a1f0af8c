package dev.ratelab.verification.conform.tested;

import org.jspecify.annotations.Nullable;

/**
 * What a target told of one request. What it does not tell is null.
 *
 * @param allowed whether the request was admitted
 * @param remaining how many more requests of cost 1 it says it would admit now
 * @param retryAfter how long it says to wait before the request is asked again
 * @param resetAfter how long it says until it is as new
 */
public record Answer(
    boolean allowed,
    @Nullable Long remaining,
    @Nullable ToldWait retryAfter,
    @Nullable ToldWait resetAfter) {

  /** A bare answer. */
  public static Answer of(boolean allowed) {
    return new Answer(allowed, null, null, null);
  }
}
