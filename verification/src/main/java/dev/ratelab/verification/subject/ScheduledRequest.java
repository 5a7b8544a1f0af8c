package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Request;

/**
 * A request and when it comes.
 *
 * @param at the instant in microseconds
 * @param request what is asked
 */
public record ScheduledRequest(long at, Request request) {}
