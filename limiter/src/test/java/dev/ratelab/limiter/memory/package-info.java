/** The in-memory store: isolation, expiry, its bound, and many threads at once. */
@NullMarked
package dev.ratelab.limiter.memory;

import org.jspecify.annotations.NullMarked;
