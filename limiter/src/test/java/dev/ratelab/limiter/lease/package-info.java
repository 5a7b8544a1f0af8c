/** What an instance borrows, and what it makes of it. */
@NullMarked
package dev.ratelab.limiter.lease;

import org.jspecify.annotations.NullMarked;
