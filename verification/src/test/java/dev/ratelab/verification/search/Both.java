package dev.ratelab.verification.search;

import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import org.jspecify.annotations.Nullable;

/** A limiter's state and an exact log's, side by side. */
record Both<S>(@Nullable S state, @Nullable Log log) {}
