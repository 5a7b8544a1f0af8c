/** The Redis backend: scripts over Lettuce or Jedis. Requests that come while a call is under way share the next one. */
@NullMarked
package dev.ratelab.limiter.redis;

import org.jspecify.annotations.NullMarked;
