/** Where limiters come from. */
@NullMarked
package dev.ratelab.limiter.factory;

import org.jspecify.annotations.NullMarked;
