/** A real Redis for a run: started here, or somebody's. */
@NullMarked
package dev.ratelab.limiter.redis.launch;

import org.jspecify.annotations.NullMarked;
