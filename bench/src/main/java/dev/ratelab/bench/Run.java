package dev.ratelab.bench;

import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.ResultsDirectory;

/**
 * What an experiment is given.
 *
 * @param profile how much effort to spend
 * @param seed every generator starts from it: the same seed gives the same load
 * @param limit the limit that every algorithm enforces, unless an experiment states its own
 * @param results where the measurements go
 * @param progress who is told how far the experiment is
 */
public record Run(
    Profile profile, long seed, Limit limit, ResultsDirectory results, Progress progress) {}
