package dev.ratelab.verification.search;

import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import org.jspecify.annotations.Nullable;

/**
 * A limiter's state and an exact log's, side by side.
 *
 * @param state the limiter's
 * @param log the log's
 */
record Both<S>(@Nullable S state, @Nullable Log log) {}
