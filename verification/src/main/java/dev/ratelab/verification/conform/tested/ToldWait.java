package dev.ratelab.verification.conform.tested;

/**
 * A wait as a target tells it.
 *
 * @param micros how long, in microseconds
 * @param unitMicros the unit that it is told in, in microseconds: the true wait may lie less than one unit to either side, but who tells 0 says that it is over
 */
public record ToldWait(long micros, long unitMicros) {}
