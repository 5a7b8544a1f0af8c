/** Limiters that keep their state in this process: any algorithm in a keyed store. Requests of one policy never lock. */
@NullMarked
package dev.ratelab.limiter.memory;

import org.jspecify.annotations.NullMarked;
