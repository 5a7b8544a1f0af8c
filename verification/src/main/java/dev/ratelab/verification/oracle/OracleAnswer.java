package dev.ratelab.verification.oracle;

/**
 * What a model decides, all durations in microseconds.
 *
 * @param allowed whether the request is admitted
 * @param remaining how many more requests of cost 1 are admitted at this instant
 * @param retryAfter 0 when admitted, otherwise the shortest silence after which the same request is
 * @param resetAfter the shortest silence after which the whole burst is admitted
 * @param delay how long an admitted request is held back
 */
public record OracleAnswer(
    boolean allowed, long remaining, long retryAfter, long resetAfter, long delay) {}
