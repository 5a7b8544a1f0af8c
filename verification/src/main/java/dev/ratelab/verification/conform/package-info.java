/**
 * Does a rate limiter of anybody's keep its promise? Attacks on many keys side by side, on the real clock, and judgements that
 * hold wherever between sending and answer each decision was.
 */
@NullMarked
package dev.ratelab.verification.conform;

import org.jspecify.annotations.NullMarked;
