/** Leases: an instance borrows permits from a counter on Redis and decides by itself, within a bound that is proved. */
@NullMarked
package dev.ratelab.limiter.lease;

import org.jspecify.annotations.NullMarked;
