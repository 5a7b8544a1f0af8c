/** Limiters that keep their state in this process: any algorithm in a keyed store, lock-free per key. */
@NullMarked
package dev.ratelab.limiter.memory;

import org.jspecify.annotations.NullMarked;
