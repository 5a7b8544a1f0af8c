/** The Redis backend against a real Redis, and against one that misbehaves. */
@NullMarked
package dev.ratelab.limiter.redis;

import org.jspecify.annotations.NullMarked;
