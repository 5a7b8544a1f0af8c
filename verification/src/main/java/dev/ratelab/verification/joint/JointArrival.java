package dev.ratelab.verification.joint;

import dev.ratelab.limiter.Request;

/**
 * A request and when it comes.
 *
 * @param at the instant in microseconds
 * @param request what is asked
 */
public record JointArrival(long at, Request request) {}
