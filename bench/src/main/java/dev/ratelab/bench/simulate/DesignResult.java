package dev.ratelab.bench.simulate;

/**
 * What a design did with the requests. Shares are of all requests unless it says otherwise; delays are in microseconds.
 *
 * @param design its name
 * @param requests how many came
 * @param admitted how many were admitted
 * @param denied how many a counter, or what an instance knew of it, denied
 * @param unanswered how many were denied because no answer came within the deadline
 * @param crashed how many came to an instance that was down, or waited at one when it crashed
 * @param over the permits over E(τ) in the worst interval of any key ({@link WorstInterval})
 * @param admittedTooMuch what keys got over what one central limiter without a network gives them on the same arrivals, as a share of all
 *     that it admits
 * @param admittedTooLittle what they did not get, in the same way
 * @param callsPerRequest how many calls to shards there were for each request
 * @param busiest the share of the busiest shard's processor; over 1 its queue grows
 * @param busy the same of all shards together
 * @param meanDelay how long requests waited for their answers
 * @param p50 half of them no longer
 * @param p99 and 99 % no longer
 * @param light the share of the requests whose key has no counter
 * @param lightWrong the most, by expectation, that is wrongly admitted among them
 * @param nanosPerRequest the processor time of this machine that a request took to simulate; the only number that two runs of a seed
 *     do not share
 */
public record DesignResult(
    String design,
    long requests,
    long admitted,
    long denied,
    long unanswered,
    long crashed,
    long over,
    double admittedTooMuch,
    double admittedTooLittle,
    double callsPerRequest,
    double busiest,
    double busy,
    double meanDelay,
    long p50,
    long p99,
    double light,
    double lightWrong,
    double nanosPerRequest) {}
