/** The Redis backend: one script call per decision, over Lettuce or Jedis. */
@NullMarked
package dev.ratelab.limiter.redis;

import org.jspecify.annotations.NullMarked;
