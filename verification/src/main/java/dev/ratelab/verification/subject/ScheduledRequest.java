package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Request;

/** A request, and the instant in microseconds at which it comes. */
public record ScheduledRequest(long at, Request request) {}
