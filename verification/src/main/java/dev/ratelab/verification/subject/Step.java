package dev.ratelab.verification.subject;

/** One request: whose it is, its instant in microseconds, and its weight. */
public record Step(Caller caller, long at, long cost) {}
