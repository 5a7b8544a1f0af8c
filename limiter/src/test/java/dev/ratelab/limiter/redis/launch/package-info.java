/** Starting and stopping a real Redis. */
@NullMarked
package dev.ratelab.limiter.redis.launch;

import org.jspecify.annotations.NullMarked;
