/**
 * Limiters that keep their state in this process: any algorithm in a keyed store. A request of one policy locks a shard of a few counters, and
 * only while it writes an admission.
 */
@NullMarked
package dev.ratelab.limiter.memory;

import org.jspecify.annotations.NullMarked;
