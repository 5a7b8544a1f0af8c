/** What stands between requests and a backend that may fail: a breaker, a bound on what waits, and a local limiter that takes over. */
@NullMarked
package dev.ratelab.limiter.failure;

import org.jspecify.annotations.NullMarked;
