package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Request;

/** A request in a namespace, and the instant in microseconds at which it comes. */
public record ScheduledRequest(String namespace, long at, Request request) {}
