/**
 * The third writing of every algorithm: naive, in integers of any size, from the catalogue alone. Shares nothing with the
 * limiter, so that a mistake in one is not a mistake in both.
 */
@NullMarked
package dev.ratelab.verification.oracle;

import org.jspecify.annotations.NullMarked;
