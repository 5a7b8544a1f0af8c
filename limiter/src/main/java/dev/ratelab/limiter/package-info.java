/**
 * What a rate limiter is: the types a caller needs, whatever algorithm or backend stands behind
 * them.
 */
@NullMarked
package dev.ratelab.limiter;

import org.jspecify.annotations.NullMarked;
